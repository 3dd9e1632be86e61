package workflowtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
)

const accountHeader = "X-Moto-Account-Id"

// services are those that moto has for real, by the name that requests are signed
// for. Of others its answers do not depend on the question, or there are none.
var services = []string{
	"application-autoscaling", "athena", "dynamodb", "events", "glue", "kinesis", "kms", "lambda", "logs", "monitoring", "sagemaker", "scheduler",
	"secretsmanager", "sns", "sqs", "ssm", "states", "sts",
}

// canned are paths of such services whose answers do not depend on the question.
func canned(r *http.Request) bool {
	return strings.HasPrefix(r.Host, "runtime.sagemaker.") || strings.HasSuffix(r.URL.Path, "/invocations") && awsfake.Service(r) == "sagemaker"
}

// ServeHTTP implements http.Handler: it hands a call of AWS in the account to moto.
// What moto does not have is an error with the code NotImplemented, in the protocol
// of the request.
func (a *Account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	service := awsfake.Service(r)
	if !slices.Contains(services, service) || canned(r) {
		refuse(w, r, fmt.Sprintf("%s: the local stack has no such service: give an answer for %s", service, name(r)))
		return
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(&url.URL{Scheme: "http", Host: a.server.host})
			p.Out.Host = p.In.Host
			if !strings.HasSuffix(p.In.Host, ".amazonaws.com") {
				p.Out.Host = "127.0.0.1" // the signature says which service it is
			}
			p.Out.Header.Set(accountHeader, a.ID)
		},
		ModifyResponse: func(response *http.Response) error {
			// Moto answers with a page where it has no operation, or a mistake.
			if response.StatusCode < http.StatusInternalServerError && !page(response) {
				return nil
			}
			text, err := io.ReadAll(io.LimitReader(response.Body, 4096))
			if err != nil {
				return err
			}
			_ = response.Body.Close()
			body := refusal(r, fmt.Sprintf("moto: %s: %s", response.Status, firstLine(text)))
			response.StatusCode, response.Status = http.StatusNotImplemented, "501 Not Implemented"
			response.Header = http.Header{"Content-Type": {"application/json"}, "X-Amzn-Errortype": {"NotImplemented"}}
			response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			return nil
		},
	}
	proxy.ServeHTTP(w, r)
}

func page(r *http.Response) bool {
	return r.StatusCode != http.StatusOK && strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") && r.Header.Get("X-Amzn-Requestid") == ""
}

// firstLine is the first line of a text that says something.
func firstLine(text []byte) string {
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "<!") && !strings.HasPrefix(line, "<html") {
			return line
		}
	}
	return "no text"
}

func name(r *http.Request) string {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return target
	}
	return r.Method + " " + r.URL.Path
}

func refuse(w http.ResponseWriter, r *http.Request, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-ErrorType", "NotImplemented")
	w.WriteHeader(http.StatusNotImplemented)
	_, _ = w.Write(refusal(r, message))
}

// refusal is the body of an error, in the protocol of the request.
func refusal(r *http.Request, message string) []byte {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return fmt.Appendf(nil, "<ErrorResponse><Error><Code>NotImplemented</Code><Message>%s</Message></Error><RequestId>local</RequestId></ErrorResponse>", html(message))
	}
	body, _ := json.Marshal(map[string]string{"__type": "NotImplemented", "message": message}) // texts always encode
	return body
}

func html(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}
