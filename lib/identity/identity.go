// Package identity makes the user pool with its groups, app clients and external identity providers, and the identity pool whose
// credentials let users subscribe to live data of their cars.
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
	// Application is the second level of the cars' topics, and part of the sign-in pages' domain. Required.
	Application names.Application
	// ConsoleURL is the console's origin. Default: the console's app client does not use the sign-in pages.
	ConsoleURL string
	// EmailSender is the sender address of the pool's e-mails; its domain must be verified in Amazon SES. Default: Amazon's own address.
	EmailSender string
	// Protected enables deletion protection of the pool, and retains it when the stack is deleted.
	Protected bool
	// Unbranded leaves out the style of the sign-in pages, which emulators do not support. On AWS the sign-in pages require a style.
	Unbranded bool
}

// Identity holds the user pool, its clients and the identity pool.
type Identity struct {
	constructs.Construct
	Pool         awscognito.UserPool
	Console      awscognito.CfnUserPoolClient // Ref is the client's id; the same holds for the other clients
	Mobile       awscognito.CfnUserPoolClient
	CLI          awscognito.CfnUserPoolClient
	IdentityPool awscognito.CfnIdentityPool // Ref is its id
	SignInURL    *string                    // base URL of the sign-in pages
	SignInDomain *string                    // Ref of the sign-in pages' domain
	Tokens       awslambda.Function         // the pre-token function, which customizes tokens
}

// New makes the user pool and everything that belongs to it.
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

// ClientIDs returns the ids of all app clients, separated by commas.
func (i *Identity) ClientIDs() *string {
	return jsii.String(*i.Console.Ref() + "," + *i.Mobile.Ref() + "," + *i.CLI.Ref())
}

// TokenUse is the kind of token that the API accepts: access tokens, or ID tokens with LITE, which cannot customize access tokens.
func TokenUse(plan config.Plan) string {
	if plan == config.Lite {
		return "id"
	}
	return "access"
}
