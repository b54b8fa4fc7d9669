package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"connectedcar/internal/aws/cognito"
	"connectedcar/internal/domain/claims"
)

type userAdd struct {
	cognito.NewUser
	role  string
	stdin bool
}

func userAddCommand(t *target) *cobra.Command {
	var o userAdd
	cmd := &cobra.Command{
		Use:   "add",
		Short: "Add somebody, with or without a role",
		Long: "Adds somebody to the user pool. Without --password, Amazon Cognito sends them an invitation with a temporary one.\n" +
			"The roles manufacturer, dealer and operator count once the person has a second factor: carctl login, then carctl mfa. With a\n" +
			"temporary password they are given by carctl user confirm, after that.",
		Example: "  carctl user add --role driver --email ana@example.com\n" +
			"  carctl user add --role dealer --dealer north --email north@example.com\n" +
			"  carctl user add --role operator --email ops@example.com --password-stdin --temporary < password.txt",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd, t) },
	}
	f := cmd.Flags()
	f.StringVar(&o.role, "role", "", "driver, dealer, manufacturer or operator; none: no rights yet")
	f.StringVar(&o.Email, "email", "", "e-mail address, which the person signs in with")
	f.StringVar(&o.Manufacturer, "manufacturer", "", "id of the manufacturer that the person acts for")
	f.StringVar(&o.Dealer, "dealer", "", "id of the dealer that the person acts for")
	f.StringVar(&o.Password, "password", "", "password; others on this machine may see it, --password-stdin hides it")
	f.BoolVar(&o.stdin, "password-stdin", false, "read the password from standard input")
	f.BoolVar(&o.Temporary, "temporary", false, "the password must be changed at the first sign-in")
	_ = cmd.MarkFlagRequired("email")
	cmd.MarkFlagsMutuallyExclusive("password", "password-stdin")
	return cmd
}

func (o userAdd) run(cmd *cobra.Command, t *target) error {
	if o.role != "" {
		r, err := claims.Parse(o.role)
		if err != nil {
			return fmt.Errorf("--role: %w", err)
		}
		o.Role = r
	}
	if o.stdin {
		var err error
		if o.Password, err = firstLine(cmd.InOrStdin()); err != nil {
			return fmt.Errorf("read the password: %w", err)
		}
	}
	if err := o.Check(); err != nil {
		return err
	}
	_, users, err := t.users(cmd.Context())
	if err != nil {
		return err
	}
	user, err := users.Add(cmd.Context(), o.NewUser)
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "added %s with id %s\n", user.Email, user.ID)
	if o.Waits() {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s has no role yet: whoever has the temporary password could add a second factor of their own. When %s has told you, not by e-mail, that\n"+
			"theirs is there: carctl user confirm %s --role %s\n", user.Email, user.Email, user.Email, o.Role)
	} else if o.Role != "" && o.Role.Privileged() {
		fmt.Fprintf(cmd.ErrOrStderr(), "the role %s counts once %s has a second factor: carctl login, then carctl mfa\n", o.Role, user.Email)
	}
	return nil
}

// firstLine reads the first line; an error if it is empty.
func firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(r).ReadString('\n')
	line = strings.TrimRight(line, "\r\n")
	if line == "" && (err == nil || errors.Is(err, io.EOF)) {
		return "", errors.New("standard input is empty")
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return line, nil
}
