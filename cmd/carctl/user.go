package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/spf13/cobra"

	"connectedcar/internal/aws/cognito"
	tables "connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/aws/iot"
	"connectedcar/internal/domain/claims"
	"connectedcar/internal/domain/realtime"
	"connectedcar/internal/names"
)

func userCommand(t *target) *cobra.Command {
	cmd := &cobra.Command{Use: "user", Short: "Keep the people who may sign in, and their roles", Args: cobra.NoArgs}
	cmd.AddCommand(userAddCommand(t), userConfirmCommand(t), userListCommand(t), userEnableCommand(t, false), userEnableCommand(t, true), userSeedCommand(t), userCodeCommand(t))
	return cmd
}

type userList struct {
	role string
	json bool
}

func userListCommand(t *target) *cobra.Command {
	var o userList
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List people",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return o.run(cmd, t) },
	}
	f := cmd.Flags()
	f.StringVar(&o.role, "role", "", "only those with this role: manufacturer, dealer, driver or operator")
	f.BoolVar(&o.json, "json", false, "one JSON object a line")
	return cmd
}

// listedUser is a user in the output of `user list --json`.
type listedUser struct {
	ID           string   `json:"id"`
	Email        string   `json:"email"`
	Roles        []string `json:"roles"` // groups; a privileged role is effective only with a second factor
	Manufacturer string   `json:"manufacturerId,omitempty"`
	Dealer       string   `json:"dealerId,omitempty"`
	Status       string   `json:"status"`
	Enabled      bool     `json:"enabled"`
	MFA          bool     `json:"mfa"`
}

func (o userList) run(cmd *cobra.Command, t *target) error {
	var only claims.Role
	if o.role != "" {
		var err error
		if only, err = claims.Parse(o.role); err != nil {
			return fmt.Errorf("--role: %w", err)
		}
	}
	_, users, err := t.users(cmd.Context())
	if err != nil {
		return err
	}
	table := newTable(cmd.OutOrStdout())
	if !o.json {
		printRow(table, "E-MAIL", "ROLES", "COMPANY", "MFA", "STATUS", "ENABLED", "ID")
	}
	var failed error
	err = users.List(cmd.Context(), only, func(u cognito.User) bool {
		var l listedUser
		if l, failed = listedOf(cmd, users, u); failed != nil {
			return false
		}
		if o.json {
			failed = json.NewEncoder(cmd.OutOrStdout()).Encode(l)
			return failed == nil
		}
		printRow(table, l.Email, strings.Join(l.Roles, ","), l.Manufacturer+l.Dealer, l.MFA, l.Status, l.Enabled, l.ID)
		return true
	})
	if err == nil {
		err = failed
	}
	if err != nil || o.json {
		return err
	}
	return table.Flush()
}

// listedOf adds the groups and the second factor, which a list of users does not have.
func listedOf(cmd *cobra.Command, users *cognito.Users, u cognito.User) (listedUser, error) {
	groups, err := users.GroupsOf(cmd.Context(), u.Username)
	if err != nil {
		return listedUser{}, fmt.Errorf("groups of %s: %w", u.Email, err)
	}
	mfa, err := users.HasMFA(cmd.Context(), u.Username)
	if err != nil {
		return listedUser{}, fmt.Errorf("second factor of %s: %w", u.Email, err)
	}
	return listedUser{u.ID, u.Email, groups, u.Manufacturer, u.Dealer, u.Status, u.Enabled, mfa}, nil
}

func userEnableCommand(t *target, enable bool) *cobra.Command {
	name, short, done := "disable", "Let somebody no longer sign in, and end their sessions", "disabled"
	if enable {
		name, short, done = "enable", "Let somebody sign in again", "enabled"
	}
	return &cobra.Command{
		Use:   name + " EMAIL",
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			w, users, err := t.users(cmd.Context())
			if err != nil {
				return err
			}
			if err := users.SetEnabled(cmd.Context(), args[0], enable); err != nil {
				return fmt.Errorf("%s %s: %w", name, args[0], err)
			}
			if err := w.listening(cmd.Context(), users, args[0], enable); err != nil {
				return fmt.Errorf("%s %s: the sign-in is %s; again for the rest: %w", name, args[0], done, err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n", done, args[0])
			return nil
		},
	}
}

// listening allows or blocks the user's access to cars' live data over MQTT.
func (w where) listening(ctx context.Context, users *cognito.Users, email string, enable bool) error {
	application, err := w.Application()
	if err != nil {
		return err
	}
	table, err := w.Output(names.OutputPreferencesTable)
	if err != nil {
		return err
	}
	user, err := users.User(ctx, email)
	if err != nil {
		return fmt.Errorf("look up the person's id: %w", err)
	}
	service := &realtime.Service{
		Application: application, Identities: tables.NewIdentities(dynamodb.NewFromConfig(w.aws), table), Policies: iot.NewPolicies(w.aws), Now: time.Now,
	}
	return service.Block(ctx, user.ID, !enable)
}
