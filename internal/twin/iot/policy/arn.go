package policy

// ARNs builds the resource ARNs of an account and region.
type ARNs struct {
	Partition string // default aws
	Region    string
	Account   string // 12 digits
}

// The actions of the device data plane.
const (
	Connect                  = "iot:Connect"
	Publish                  = "iot:Publish"
	RetainPublish            = "iot:RetainPublish"
	Receive                  = "iot:Receive"
	Subscribe                = "iot:Subscribe"
	GetThingShadow           = "iot:GetThingShadow"
	UpdateThingShadow        = "iot:UpdateThingShadow"
	DeleteThingShadow        = "iot:DeleteThingShadow"
	ListNamedShadowsForThing = "iot:ListNamedShadowsForThing"
	GetRetainedMessage       = "iot:GetRetainedMessage"
	ListRetainedMessages     = "iot:ListRetainedMessages"
	DeleteConnection         = "iot:DeleteConnection"
)

func (a ARNs) resource(kind, name string) string {
	p := a.Partition
	if p == "" {
		p = "aws"
	}
	return "arn:" + p + ":iot:" + a.Region + ":" + a.Account + ":" + kind + "/" + name
}

// Client is the resource of iot:Connect and iot:DeleteConnection.
func (a ARNs) Client(clientID string) string { return a.resource("client", clientID) }

// Topic is the resource of iot:Publish, iot:RetainPublish, iot:Receive and iot:GetRetainedMessage.
func (a ARNs) Topic(topic string) string { return a.resource("topic", topic) }

// TopicFilter is the resource of iot:Subscribe.
func (a ARNs) TopicFilter(filter string) string { return a.resource("topicfilter", filter) }

// Thing is the resource of iot:GetThingShadow, iot:UpdateThingShadow and iot:DeleteThingShadow for the classic shadow, and of
// iot:ListNamedShadowsForThing.
func (a ARNs) Thing(name string) string { return a.resource("thing", name) }

// NamedShadow is the resource of iot:GetThingShadow, iot:UpdateThingShadow and iot:DeleteThingShadow for a named shadow.
func (a ARNs) NamedShadow(thing, shadow string) string { return a.resource("thing", thing+"/"+shadow) }
