package httpapi

import (
	"context"
	"errors"
	"fmt"
	"time"

	"connectedcar/internal/domain/authz"
	"connectedcar/internal/domain/command"
	"connectedcar/internal/errs"
	"connectedcar/internal/httpapi/oapi"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// CommandReader reads the commands of cars.
type CommandReader interface {
	Command(ctx context.Context, v vin.VIN, id string) (command.Command, error)
	Commands(ctx context.Context, v vin.VIN, since time.Time, p paging.Request) (paging.Page[command.Command], error)
}

// CommandSender sends commands to cars.
type CommandSender interface {
	Send(ctx context.Context, v vin.VIN, kind command.Kind, parameters map[string]any, by, as string) (command.Command, error)
}

// Commands implements the operations about commands. Drivers do not see the commands of former owners. All fields are required.
type Commands struct {
	Store  CommandReader
	Sender CommandSender
	Visit  visits
	Now    func() time.Time
}

// ListCommands lists a car's commands, the newest first.
func (h *Commands) ListCommands(ctx context.Context, in oapi.ListCommandsRequestObject) (oapi.ListCommandsResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	list, err := h.Store.Commands(ctx, visit.VIN, visit.Since, pageOf(in.Params.Limit, in.Params.NextToken))
	if err != nil {
		return nil, fmt.Errorf("list commands: %w", err)
	}
	out := oapi.ListCommands200JSONResponse{Items: []oapi.Command{}, NextToken: given(list.Next)}
	for _, c := range list.Items {
		if showsCommand(visit, c) {
			out.Items = append(out.Items, commandAnswer(c.At(h.Now()), visit))
		}
	}
	return out, nil
}

// GetCommand returns one command.
func (h *Commands) GetCommand(ctx context.Context, in oapi.GetCommandRequestObject) (oapi.GetCommandResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	c, err := h.Store.Command(ctx, visit.VIN, in.CommandId)
	if err == nil && !showsCommand(visit, c) {
		err = fmt.Errorf("for others: %w", command.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read command %s: %w", in.CommandId, err)
	}
	return oapi.GetCommand200JSONResponse(commandAnswer(c.At(h.Now()), visit)), nil
}

// SendCommand sends a car a command. The guard has checked that the caller may send it.
func (h *Commands) SendCommand(ctx context.Context, in oapi.SendCommandRequestObject) (oapi.SendCommandResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	if in.Body.Kind == oapi.NewCommandKindHealthreport {
		return nil, errReportAsked
	}
	var parameters map[string]any
	if in.Body.Parameters != nil {
		parameters = *in.Body.Parameters
	}
	c, err := h.Sender.Send(ctx, visit.VIN, command.Kind(in.Body.Kind), parameters, visit.UserID, string(roleOf(visit.Relation)))
	if err != nil {
		return nil, fmt.Errorf("send a command: %w", err)
	}
	location := "/v1/vehicles/" + string(visit.VIN) + "/commands/" + c.ID
	return oapi.SendCommand202JSONResponse{Body: commandAnswer(c.At(h.Now()), visit), Headers: oapi.SendCommand202ResponseHeaders{Location: &location}}, nil
}

// errReportAsked refuses a command whose reportId is the caller's: it could name a report that there is, which the car would write anew.
var errReportAsked = errs.As(errs.Invalid, errors.New("kind healthreport: ask for a report at /healthreports, which gives it an id of its own"))

// roleOf is as what somebody acts on a car.
func roleOf(r authz.Relation) authz.Role {
	switch r {
	case authz.Owns, authz.Borrows:
		return authz.Driver
	case authz.LooksAt:
		return authz.Dealer
	case authz.Built:
		return authz.Manufacturer
	case authz.Runs:
		return authz.Operator
	}
	return ""
}

// showsCommand reports whether a command is for who asks: when somebody locked, unlocked or warmed the car tells of their day, so who does not
// drive sees what is for the workshop alone.
func showsCommand(visit Visit, c command.Command) bool {
	workshop := c.Kind == command.Diagnose || c.Kind == command.HealthReport
	return !c.IssuedAt.Before(visit.Since) && (visit.Drives() || workshop)
}

func commandAnswer(c command.Command, visit Visit) oapi.Command {
	out := oapi.Command{
		CommandId: c.ID, Kind: string(c.Kind), Status: oapi.CommandStatus(c.Status), IssuedAt: c.IssuedAt, ExpiresAt: c.ExpiresAt,
		IssuedBy: visit.person(c.IssuedBy), IssuedAs: given(c.IssuedAs), AnsweredAt: instantOf(c.AnsweredAt), Reason: given(c.Reason),
	}
	if len(c.Parameters) > 0 {
		out.Parameters = &c.Parameters
	}
	if len(c.Result) > 0 {
		out.Result = &c.Result
	}
	return out
}
