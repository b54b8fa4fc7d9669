package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"connectedcar/internal/tool/redrive"
)

func redriveEditCommand(t *target) *cobra.Command {
	file := ""
	cmd := &cobra.Command{
		Use:   "edit KIND ID",
		Short: "Bring one failed message back with another payload",
		Long: "edit opens the payload of a message in $VISUAL or $EDITOR, or takes it from a file, and brings the message back with it.\n" +
			"A payload that would be refused again changes nothing. The message that failed is archived.",
		Args: kindAnd(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			families, ledger, err := openFailures(cmd.Context(), t, args[0])
			if err != nil {
				return err
			}
			change := func(payload []byte) ([]byte, error) { return inEditor(cmd, payload) }
			if file != "" {
				change = func([]byte) ([]byte, error) { return readPayload(cmd.InOrStdin(), file) }
			}
			if err := redrive.Edit(cmd.Context(), families[0], ledger, args[1], change); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), "brought back 1, edited")
			return nil
		},
	}
	cmd.Flags().StringVar(&file, "payload", "", "`file` with the payload instead of an editor; - is standard input")
	return cmd
}

func readPayload(stdin io.Reader, file string) ([]byte, error) {
	if file != "-" {
		return os.ReadFile(file)
	}
	b, err := io.ReadAll(stdin)
	if err != nil {
		return nil, fmt.Errorf("read the payload from standard input: %w", err)
	}
	return b, nil
}

// inEditor opens the payload in the user's editor and returns the edited payload.
func inEditor(cmd *cobra.Command, payload []byte) ([]byte, error) {
	editor := strings.Fields(cmp.Or(os.Getenv("VISUAL"), os.Getenv("EDITOR")))
	if len(editor) == 0 {
		return nil, errors.New("no editor: set VISUAL or EDITOR, or give --payload FILE")
	}
	f, err := os.CreateTemp("", "carctl-*.json") // readable only by this user
	if err != nil {
		return nil, fmt.Errorf("write the payload for the editor: %w", err)
	}
	defer os.Remove(f.Name()) // the payload may contain a position
	_, err = f.Write(payload)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("write the payload for the editor: %w", err)
	}
	run := exec.CommandContext(cmd.Context(), editor[0], append(editor[1:], f.Name())...)
	run.Stdin, run.Stdout, run.Stderr = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
	if terminal, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil { // bypasses the writers that escape control codes
		defer terminal.Close() // nothing is buffered, so the error does not matter
		run.Stdin, run.Stdout, run.Stderr = terminal, terminal, terminal
	}
	if err := run.Run(); err != nil {
		return nil, fmt.Errorf("editor %s: %w", editor[0], err)
	}
	edited, err := os.ReadFile(f.Name())
	if err == nil && bytes.Equal(edited, payload) {
		err = errors.New("the payload was not changed")
	}
	return bytes.TrimSuffix(edited, []byte("\n")), err
}
