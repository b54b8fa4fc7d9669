// Package identity makes the user pool with its groups and app clients, the identity providers beside it, and the identity
// pool that lets people listen to their cars.
package identity

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/internal/names"
	"connectedcar/lib/config"
	"connectedcar/lib/function"
)

// Props configures Identity.
type Props struct {
	// Runtime has the common settings of functions. Required.
	Runtime function.Runtime
	// Settings configure the sign-in. Required.
	Settings config.Identity
	// Application is the second level of the cars' topics, and part of the sign-in pages' address. Required.
	Application names.Application
	// ConsoleURL is the console's origin. Default: the console's app client has no sign-in pages.
	ConsoleURL string
	// EmailSender is the address that the pool writes from; its domain is verified in Amazon SES. Default: Amazon's own address.
	EmailSender string
	// Protected refuses to delete the pool and keeps it when the stack goes.
	Protected bool
	// Unbranded leaves out the style of the sign-in pages, which emulators do not have. Without a style Amazon's pages do not open.
	Unbranded bool
}

// Identity has the user pool, its clients and the identity pool.
type Identity struct {
	constructs.Construct
	Pool         awscognito.UserPool
	Console      awscognito.CfnUserPoolClient // Ref is the client's id, like those of the others
	Mobile       awscognito.CfnUserPoolClient
	CLI          awscognito.CfnUserPoolClient
	IdentityPool awscognito.CfnIdentityPool // Ref is its id
	SignInURL    *string                    // where the sign-in pages are
	SignInDomain *string                    // their domain's reference
	Tokens       awslambda.Function         // shapes tokens
}

// New makes it.
func New(scope constructs.Construct, id string, props Props) *Identity {
	if props.Settings.Plan == "" || props.Application == "" {
		panic("identity.New " + id + ": Settings and Application are required")
	}
	i := &Identity{Construct: constructs.NewConstruct(scope, jsii.String(id))}
	i.Tokens = newTokens(i.Construct, props)
	i.Pool = newPool(i.Construct, props)
	i.trigger(props.Settings.Plan)
	providers := newProviders(i.Construct, i.Pool, props.Settings.Providers)
	server := newResourceServer(i.Construct, i.Pool)
	for _, c := range clients(props) {
		client := newClient(i.Construct, i.Pool, c, props.Settings)
		client.Node().AddDependency(server)
		for _, p := range providers {
			client.Node().AddDependency(p)
		}
		*c.handle(i) = client
	}
	i.SignInURL = i.newPages(props)
	i.listen(props.Application)
	return i
}

func (i *Identity) clients() []awscognito.CfnUserPoolClient {
	return []awscognito.CfnUserPoolClient{i.Console, i.Mobile, i.CLI}
}

// ClientIDs are the ids of all app clients, separated by commas.
func (i *Identity) ClientIDs() *string {
	return jsii.String(*i.Console.Ref() + "," + *i.Mobile.Ref() + "," + *i.CLI.Ref())
}

// TokenUse is the kind of token that the API takes: only with a plan above LITE can the pool's access tokens be shaped.
func TokenUse(plan config.Plan) string {
	if plan == config.Lite {
		return "id"
	}
	return "access"
}
