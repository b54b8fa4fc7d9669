package wire

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strings"

	"connectedcar/cmd/localcloud/internal/front/awsmodel"
)

// Fault is an error as a service returns it.
type Fault struct {
	Status        int
	Code, Message string
	// QueryCode is the error code of the query protocol, for a service that formerly used that protocol; otherwise empty.
	QueryCode string
}

// Write writes the fault as the answer to a call, in the service's protocol.
func (f Fault) Write(w http.ResponseWriter, m *awsmodel.Model, requestID string) {
	h := w.Header()
	h.Set("X-Amzn-Requestid", requestID)
	switch m.Metadata.Protocol {
	case "query":
		f.writeXML(w, queryFault{Namespace: m.Metadata.XMLNamespace, Type: f.party(), Code: f.Code, Message: f.Message, RequestID: requestID})
	case "rest-xml":
		f.writeXML(w, s3Fault{Code: f.Code, Message: f.Message, RequestID: requestID})
	default:
		h.Set("Content-Type", "application/x-amz-json-"+otherwise(m.Metadata.JSONVersion, "1.1"))
		if m.Metadata.Protocol == "rest-json" {
			h.Set("Content-Type", "application/json")
		}
		h.Set("X-Amzn-Errortype", f.Code)
		if m.Metadata.AWSQueryCompatible != nil {
			h.Set("X-Amzn-Query-Error", otherwise(f.QueryCode, f.Code)+";"+f.party())
		}
		w.WriteHeader(f.Status)
		_ = json.NewEncoder(w).Encode(map[string]string{"__type": f.Code, "message": f.Message}) // the client may be gone
	}
}

// party is the side at fault as the query protocol names it: Sender or Receiver.
func (f Fault) party() string {
	if f.Status >= http.StatusInternalServerError {
		return "Receiver"
	}
	return "Sender"
}

type queryFault struct {
	XMLName   xml.Name `xml:"ErrorResponse"`
	Namespace string   `xml:"xmlns,attr,omitempty"`
	Type      string   `xml:"Error>Type"`
	Code      string   `xml:"Error>Code"`
	Message   string   `xml:"Error>Message"`
	RequestID string   `xml:"RequestId"`
}

type s3Fault struct {
	XMLName   xml.Name `xml:"Error"`
	Code      string   `xml:"Code"`
	Message   string   `xml:"Message"`
	RequestID string   `xml:"RequestId"`
}

func (f Fault) writeXML(w http.ResponseWriter, document any) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(f.Status)
	var out bytes.Buffer
	out.WriteString(xml.Header)
	_ = xml.NewEncoder(&out).Encode(document) // two structures of strings always encode
	_, _ = w.Write(out.Bytes())               // the client may be gone
}

// ReadFault decodes the code and the message of an error answer.
func ReadFault(m *awsmodel.Model, status int, header http.Header, body []byte) Fault {
	f := Fault{Status: status, Code: header.Get("X-Amzn-Errortype")}
	switch m.Metadata.Protocol {
	case "query", "rest-xml":
		if root, err := parseXML(body); err == nil {
			if inner := root.child("Error"); inner != nil {
				root = inner
			}
			f.Code, f.Message = textOf(root, "Code"), textOf(root, "Message")
		}
	default:
		var in struct {
			Type    string `json:"__type"`
			Code    string `json:"code"`
			Message string `json:"message"`
		}
		if json.Unmarshal(body, &in) == nil {
			f.Code, f.Message = otherwise(f.Code, otherwise(in.Type, in.Code)), in.Message
		}
	}
	f.Code, _, _ = strings.Cut(f.Code, ":") // the URL of the documentation may follow the code after a colon
	if _, after, ok := strings.Cut(f.Code, "#"); ok {
		f.Code = after
	}
	return f
}

func textOf(e *element, name string) string {
	if c := e.child(name); c != nil {
		return c.text
	}
	return ""
}
