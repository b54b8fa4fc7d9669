// Package awsmodel holds the service models that AWS publishes, as botocore ships them: operations, their HTTP bindings, and the
// members, lengths, ranges, patterns and enumerations of their shapes. Documentation is left out. See extract for how they come here.
package awsmodel

import (
	"compress/gzip"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:generate go run ./extract ../../../../../.venv

//go:embed models/*.json.gz
var files embed.FS

// Model is one service.
type Model struct {
	// Name is botocore's name of the service, such as cognito-idp.
	Name       string `json:"-"`
	Metadata   Metadata
	Operations map[string]*Operation
	Shapes     map[string]*Shape

	routes []route
}

// Metadata describes the service as a whole.
type Metadata struct {
	// Protocol is the form of calls: json, query, rest-json or rest-xml.
	Protocol       string
	JSONVersion    string
	TargetPrefix   string
	ServiceID      string
	SigningName    string
	EndpointPrefix string
	APIVersion     string
	XMLNamespace   string `json:",omitempty"`
	// AWSQueryCompatible is set where a service that spoke query before keeps its error codes in a header.
	AWSQueryCompatible *struct{} `json:",omitempty"`
}

// Operation is one operation of a service.
type Operation struct {
	Name          string
	HTTP          HTTP
	Input, Output *Ref   `json:",omitempty"`
	Errors        []*Ref `json:",omitempty"`
}

// HTTP binds an operation to a method and a path.
type HTTP struct {
	Method       string
	RequestURI   string
	ResponseCode int `json:",omitempty"`
}

// Ref is the use of a shape as a member, an element, a key or a value.
type Ref struct {
	Shape string
	// Location is the place of a member of a REST call: uri, querystring, header, headers, statusCode; empty is the body.
	Location     string `json:",omitempty"`
	LocationName string `json:",omitempty"`
	Flattened    bool   `json:",omitempty"`
	Streaming    bool   `json:",omitempty"`
	JSONValue    bool   `json:",omitempty"`
	// Idempotent members are filled in by the SDK where the caller left them out.
	Idempotent bool `json:"idempotencyToken,omitempty"`
}

// Shape is a type.
type Shape struct {
	// Type is structure, list, map, string, integer, long, float, double, boolean, blob or timestamp.
	Type     string
	Members  map[string]*Ref `json:",omitempty"`
	Required []string        `json:",omitempty"`
	Member   *Ref            `json:",omitempty"`
	Key      *Ref            `json:",omitempty"`
	Value    *Ref            `json:",omitempty"`
	Enum     []string        `json:",omitempty"`
	// Min and Max bound a number, the length of a string in characters, of a blob in bytes, or the elements of a list or map.
	Min, Max  *float64 `json:",omitempty"`
	Pattern   string   `json:",omitempty"`
	Payload   string   `json:",omitempty"`
	Flattened bool     `json:",omitempty"`
	Streaming bool     `json:",omitempty"`
	Union     bool     `json:",omitempty"`
	Error     *Fault   `json:",omitempty"`
}

// Fault is the form of an error shape on the wire.
type Fault struct {
	Code           string `json:",omitempty"`
	HTTPStatusCode int    `json:",omitempty"`
	SenderFault    bool   `json:",omitempty"`
}

// SigningService is the name of the service in the scope of a signature.
func (m *Model) SigningService() string {
	if m.Metadata.SigningName != "" {
		return m.Metadata.SigningName
	}
	return m.Metadata.EndpointPrefix
}

// Shape returns the shape that the reference names, nil for no reference.
func (m *Model) Shape(r *Ref) *Shape {
	if r == nil {
		return nil
	}
	return m.Shapes[r.Shape]
}

// All returns every model, ordered by name.
var All = sync.OnceValue(func() []*Model {
	entries, err := files.ReadDir("models")
	if err != nil {
		panic(fmt.Sprintf("read the embedded service models: %v", err)) // the program was built without them
	}
	models := make([]*Model, len(entries))
	var work sync.WaitGroup
	for i, e := range entries {
		work.Go(func() { models[i] = load(e.Name()) })
	}
	work.Wait()
	return models
})

// Get returns the model of that name; nil if there is none.
func Get(name string) *Model {
	i := slices.IndexFunc(All(), func(m *Model) bool { return m.Name == name })
	if i < 0 {
		return nil
	}
	return All()[i]
}

func load(file string) *Model {
	f, err := files.Open("models/" + file)
	if err != nil {
		panic(fmt.Sprintf("open the embedded model %s: %v", file, err))
	}
	defer f.Close() // only read
	m := &Model{Name: strings.TrimSuffix(file, ".json.gz")}
	unzipped, err := gzip.NewReader(f)
	if err == nil {
		err = json.NewDecoder(unzipped).Decode(m)
	}
	if err != nil {
		panic(fmt.Sprintf("read the embedded model %s: %v", file, err))
	}
	for _, op := range m.Operations {
		m.routes = append(m.routes, m.newRoute(op))
	}
	slices.SortFunc(m.routes, moreSpecific)
	return m
}
