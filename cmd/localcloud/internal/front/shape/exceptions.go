package shape

// exception is a shape whose published model is stricter than the service: calls that break it are taken by AWS.
type exception struct {
	service, shape string
	reason         string
}

var exceptions = []exception{}

func isException(service, shape string) bool {
	for _, e := range exceptions {
		if e.service == service && e.shape == shape {
			return true
		}
	}
	return false
}
