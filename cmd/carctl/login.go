package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/aws/cognito"
	"connectedcar/internal/names"
	"connectedcar/internal/platform"
	"connectedcar/internal/token"
	"connectedcar/internal/tool/devusers"
	"connectedcar/internal/tool/signin"
)

type login struct {
	user, password, code, secret string
	stdin                        bool
	timeout                      time.Duration
}

func loginCommand(t *target) *cobra.Command {
	var o login
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Sign in, as the person that `carctl api` acts for",
		Long: "Without --user, prints the address of the sign-in pages. Open it in any browser: on this machine carctl sees by itself when\n" +
			"you are done; elsewhere, paste the address that the browser was sent to at the end, though it cannot show it.\n\n" +
			"With --user, signs in with a password, for the local platform: people of its description need nothing more, others\n" +
			"--password or --password-stdin and, if they have an authenticator app, --code or --totp-secret.\n\n" +
			"The session is kept in your folder of settings, for your eyes only, until `carctl logout`.",
		Example: "  carctl login\n  carctl login --user ana@example.com",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd, t) },
	}
	f := cmd.Flags()
	f.StringVar(&o.user, "user", "", "e-mail address of the person to sign in with a password")
	f.StringVar(&o.password, "password", "", "password; others on this machine may see it, --password-stdin hides it")
	f.BoolVar(&o.stdin, "password-stdin", false, "read the password from standard input")
	f.StringVar(&o.code, "code", "", "present code of the person's authenticator app")
	f.StringVar(&o.secret, "totp-secret", "", "secret of the person's authenticator app, base32")
	f.DurationVar(&o.timeout, "timeout", 5*time.Minute, "how long to wait for the browser")
	cmd.MarkFlagsMutuallyExclusive("password", "password-stdin")
	cmd.MarkFlagsMutuallyExclusive("code", "totp-secret")
	return cmd
}

func (o login) run(cmd *cobra.Command, t *target) error {
	if o.user == "" && (o.password != "" || o.stdin || o.code != "" || o.secret != "") {
		return errors.New("a password, code or secret is for --user EMAIL")
	}
	s, err := t.session(cmd.Context())
	if err != nil {
		return err
	}
	var tokens token.Set
	if o.user == "" {
		tokens, err = o.browser(cmd, s)
	} else {
		tokens, err = o.byPassword(cmd, s)
	}
	if err != nil {
		return err
	}
	who, err := s.keep(tokens)
	if err != nil {
		return err
	}
	roles := strings.Join(who.Groups, ", ")
	if roles == "" {
		roles = "none; a privileged role needs a second factor, see carctl mfa"
	}
	fmt.Fprintf(cmd.OutOrStdout(), "signed in as %s (roles: %s)\n", who.Email, roles)
	return nil
}

func (o login) byPassword(cmd *cobra.Command, s *session) (token.Set, error) {
	who := cognito.Credentials{Username: o.user, Password: o.password}
	if o.stdin {
		var err error
		if who.Password, err = firstLine(cmd.InOrStdin()); err != nil {
			return token.Set{}, fmt.Errorf("read the password: %w", err)
		}
	}
	person := platform.User{}
	if who.Password == "" {
		var err error
		if person, err = s.where.User(o.user); err != nil {
			return token.Set{}, fmt.Errorf("%w: others need --password or --password-stdin", err)
		}
		who = devusers.Credentials(person)
	}
	switch {
	case o.code != "":
		who.Code = func(context.Context) (string, error) { return o.code, nil }
	case o.secret != "":
		who.Code = devusers.TOTP(o.secret)
	}
	tokens, err := s.client.SignIn(cmd.Context(), who)
	if errors.Is(err, cognito.ErrNeedsCode) {
		return token.Set{}, fmt.Errorf("%w: --code or --totp-secret", err)
	}
	return tokens, err
}

// answersWithin is the timeout for a call of the token endpoint.
const answersWithin = 30 * time.Second

// browser signs the user in through the sign-in pages.
func (o login) browser(cmd *cobra.Command, s *session) (token.Set, error) {
	pages, err := s.where.Output(names.OutputSignInURL)
	if err != nil {
		return token.Set{}, err
	}
	if local := s.where.AWSEndpoint; local != "" && !awsconfig.Allows(local, pages) {
		return token.Set{}, fmt.Errorf("the local platform has no sign-in pages (%s are AWS's): sign in with --user", pages)
	}
	app := signin.App{
		Pages: pages, ClientID: s.clientID, RedirectURL: names.CLIRedirectURL, HTTP: &http.Client{Transport: s.where.web, Timeout: answersWithin},
	}
	flow, err := app.Begin()
	if err != nil {
		return token.Set{}, err
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), o.timeout)
	defer cancel()
	code, err := o.wait(ctx, cmd, flow)
	if errors.Is(err, context.DeadlineExceeded) {
		return token.Set{}, fmt.Errorf("nobody signed in within %s", o.timeout)
	}
	if err != nil {
		return token.Set{}, err
	}
	return flow.Tokens(ctx, code)
}

// wait waits for the browser's redirect to this machine or for a pasted address, whichever comes first.
func (o login) wait(ctx context.Context, cmd *cobra.Command, flow *signin.Flow) (string, error) {
	type result struct {
		code string
		err  error
	}
	results := make(chan result, 2)
	fmt.Fprintf(cmd.ErrOrStderr(), "Open this address in a browser and sign in:\n\n  %s\n\n", flow.URL())
	listener, err := flow.Listen(ctx)
	if err != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "(%v)\n", err)
	} else {
		defer listener.Close() // after the code has arrived or the wait was cancelled
		go func() {
			code, err := listener.Code(ctx)
			results <- result{code, err}
		}()
	}
	fmt.Fprint(cmd.ErrOrStderr(), "If the browser is on another machine, paste the address it ends at: ")
	go func() {
		line, err := firstLine(cmd.InOrStdin())
		if err != nil {
			if listener == nil {
				results <- result{"", fmt.Errorf("read the pasted address: %w", err)}
			}
			return // no terminal to paste into: wait for the browser only
		}
		code, err := flow.Code(line)
		results <- result{code, err}
	}()
	defer fmt.Fprintln(cmd.ErrOrStderr())
	select {
	case r := <-results:
		return r.code, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func logoutCommand(t *target) *cobra.Command {
	var as string
	var all bool
	cmd := &cobra.Command{
		Use:   "logout",
		Short: "End the session of who signed in last, of somebody else, or of all",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := t.session(cmd.Context())
			if err != nil {
				return err
			}
			return s.logout(cmd.Context(), cmd.OutOrStdout(), as, all)
		},
	}
	cmd.Flags().StringVar(&as, "as", "", "the person's e-mail address")
	cmd.Flags().BoolVar(&all, "all", false, "everybody's")
	cmd.MarkFlagsMutuallyExclusive("as", "all")
	return cmd
}

// logout signs out that user, or all users if all is true. It revokes their refresh tokens and deletes their stored tokens, the latter even
// if the user pool cannot be reached.
func (s *session) logout(ctx context.Context, out io.Writer, as string, all bool) error {
	names := []string{as}
	if as == "" {
		names = []string{s.kept.Current}
	}
	if all {
		names = s.kept.Names()
	}
	var errs []error
	for _, name := range names {
		tokens, ok := s.kept.Users[name]
		if !ok {
			errs = append(errs, fmt.Errorf("%q is not signed in", name))
			continue
		}
		if tokens.Refresh != "" {
			errs = append(errs, s.client.Revoke(ctx, tokens.Refresh))
		}
		errs = append(errs, s.kept.Remove(name))
		fmt.Fprintf(out, "signed out %s\n", name)
	}
	return errors.Join(errs...)
}
