package memory

import (
	"context"
	"time"

	"connectedcar/internal/domain/command"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// Commands is a store of commands.
type Commands struct {
	rows table[[2]string, command.Command]
}

// PutCommand writes a command.
func (s *Commands) PutCommand(_ context.Context, c command.Command) error {
	s.rows.update([2]string{string(c.VIN), c.ID}, func(command.Command, bool) (command.Command, bool) { return c, true })
	return nil
}

// Command returns the car's command with that id; command.ErrNotFound if there is none.
func (s *Commands) Command(_ context.Context, v vin.VIN, id string) (command.Command, error) {
	c, ok := s.rows.get([2]string{string(v), id})
	if !ok {
		return command.Command{}, command.ErrNotFound
	}
	return c, nil
}

// Commands lists the car's commands that were issued at or after since, the newest first.
func (s *Commands) Commands(_ context.Context, v vin.VIN, since time.Time, p paging.Request) (paging.Page[command.Command], error) {
	var list []command.Command
	for _, c := range s.rows.all() {
		if c.VIN == v && !c.IssuedAt.Before(since) {
			list = append(list, c)
		}
	}
	return pageOf(list, p, func(c command.Command) string { return c.ID })
}

// Advance writes the new status of a command, unless the stored status is final.
func (s *Commands) Advance(_ context.Context, c command.Command) error {
	err := command.ErrNotFound
	s.rows.update([2]string{string(c.VIN), c.ID}, func(old command.Command, there bool) (command.Command, bool) {
		switch {
		case !there:
		case old.Status.Final():
			err = command.ErrFinal
		default:
			err = nil
			old.Status, old.Reason, old.AnsweredAt, old.Result = c.Status, c.Reason, c.AnsweredAt, c.Result
		}
		return old, err == nil
	})
	return err
}
