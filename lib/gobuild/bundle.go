package gobuild

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Console is the folder of the console's program, below the module's root.
const Console = "console/server"

// Pages is the file whose presence shows that the console's web pages are built, below the module's root. The pages are embedded in the
// console's program.
const Pages = "console/web/dist/app/en/index.html"

// procfile starts the program in the bundle.
// https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/go-procfile.html
const procfile = "web: bin/application\n"

// Bundle compiles the console into a source bundle for Elastic Beanstalk's Go platform: a prebuilt program and its Procfile. The build is
// reproducible: the same source gives the same bytes.
func Bundle(root, arch, out string) error {
	if _, err := os.Stat(filepath.Join(root, Pages)); err != nil {
		return fmt.Errorf("the console's pages are not built: run `make console` first (%w)", err)
	}
	out, err := filepath.Abs(out)
	if err != nil {
		return fmt.Errorf("build the console: %w", err)
	}
	fresh, err := freshDir(out)
	if err != nil {
		return err
	}
	defer os.RemoveAll(fresh) // a leftover is harmless
	program := filepath.Join(fresh, "application")
	cmd := compile(root, arch, program, "./"+Console)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("build the console for %s: %w\n%s", arch, err, strings.TrimSpace(stderr.String()))
	}
	if err := os.MkdirAll(filepath.Join(out, "bin"), 0o755); err != nil {
		return fmt.Errorf("build the console: %w", err)
	}
	if err := os.Rename(program, filepath.Join(out, "bin", "application")); err != nil {
		return fmt.Errorf("build the console: %w", err)
	}
	if err := os.WriteFile(filepath.Join(out, "Procfile"), []byte(procfile), 0o644); err != nil {
		return fmt.Errorf("build the console: %w", err)
	}
	return nil
}

// compile is the command that builds packages for Linux on that GOARCH.
func compile(root, arch, out string, packages ...string) *exec.Cmd {
	cmd := exec.Command("go", append(append([]string{"build", "-o", out}, flags()...), packages...)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch, "GOFLAGS=-mod=readonly", "GOAMD64=v1", "GOARM64=v8.0")
	return cmd
}
