// Command release makes build/release: for each system that users have an archive with the
// command in one file, its manual page, its completions and the licences, and SHA256SUMS. Run it in the
// root of the repository (make release). What it makes depends on the sources, their commit and Go's
// version alone.
package main

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"mpyld"
	"mpyld/internal/tarxz"
	"mpyld/release/licences"
)

// platforms are the systems and processors that there is a binary for.
var platforms = []string{
	"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64",
	"windows/amd64", "windows/arm64", "freebsd/amd64", "freebsd/arm64",
}

func main() {
	to := flag.String("o", filepath.Join("build", "release"), "make it in `DIRECTORY`")
	only := flag.String("only", strings.Join(platforms, ","), "make it for these `PLATFORMS`, a list with commas")
	check := flag.Bool("check", false, "compile for the platforms, and write nothing")
	flag.Parse()
	err := release(*to, strings.Split(*only, ","), *check)
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func release(to string, only []string, check bool) error {
	for _, platform := range only {
		if !slices.Contains(platforms, platform) {
			return fmt.Errorf("%s is none of %s", platform, strings.Join(platforms, ", "))
		}
	}
	temp, err := os.MkdirTemp("", "mpyld-release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	if check {
		for _, platform := range only {
			if err := compile(platform, os.DevNull); err != nil {
				return err
			}
		}
		return nil
	}
	common, err := texts()
	if err != nil {
		return err
	}
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o777); err != nil {
		return err
	}
	var sums strings.Builder
	for _, platform := range slices.Sorted(slices.Values(only)) {
		name := "mpyld-" + mpyld.Version() + "-" + strings.ReplaceAll(platform, "/", "-")
		packed, err := archive(name, platform, temp, common)
		if err != nil {
			return err
		}
		name += ".tar.xz"
		if err := os.WriteFile(filepath.Join(to, name), packed, 0o666); err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(packed), name)
	}
	return os.WriteFile(filepath.Join(to, "SHA256SUMS"), []byte(sums.String()), 0o666)
}

// archive is that for a platform: all in a directory of its name.
func archive(name, platform, temp string, common []tarxz.File) ([]byte, error) {
	program := filepath.Join(temp, "mpyld")
	if err := compile(platform, program); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(program)
	if err != nil {
		return nil, err
	}
	command := "mpyld"
	if strings.HasPrefix(platform, "windows/") {
		command += ".exe"
	}
	files := []tarxz.File{{Name: name + "/" + command, Data: data, Program: true}}
	for _, f := range common {
		files = append(files, tarxz.File{Name: name + "/" + f.Name, Data: f.Data})
	}
	return tarxz.Pack(files)
}

// compile makes the command for a platform.
func compile(platform, to string) error {
	system, processor, _ := strings.Cut(platform, "/")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", to, "./cmd/mpyld")
	cmd.Env, cmd.Stderr = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+processor), os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", platform, err)
	}
	return nil
}

// texts are what is the same in all archives.
func texts() ([]tarxz.File, error) {
	var files []tarxz.File
	for name, from := range map[string]string{
		"LICENSE": "LICENSE", "README.md": "README.md", "CHANGELOG.md": "CHANGELOG.md",
		"completion/mpyld.bash": "cmd/mpyld/completion/bash", "completion/_mpyld": "cmd/mpyld/completion/zsh",
		"completion/mpyld.fish": "cmd/mpyld/completion/fish", "completion/mpyld.ps1": "cmd/mpyld/completion/powershell",
	} {
		data, err := os.ReadFile(from)
		if err != nil {
			return nil, err
		}
		files = append(files, tarxz.File{Name: name, Data: data})
	}
	page, err := output("go", "run", "./cmd/mpyld", "man")
	if err != nil {
		return nil, err
	}
	others, err := licences.Of("Its binary", "./cmd/mpyld", nil)
	return append(files, tarxz.File{Name: "mpyld.1", Data: []byte(page)}, tarxz.File{Name: "LICENSES", Data: others}), err
}

// output runs a program and returns what it prints.
func output(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return string(out), err
}
