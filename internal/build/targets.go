package build

import (
	"path"
	"slices"
	"strings"

	"mpyld/diag"
	"mpyld/internal/lazy"
	"mpyld/target"
)

// A goal is a target to build for: an architecture of a release.
type goal struct {
	name string // of its directory: ARCH_ABI
	arch string
	target.Target
}

// goals returns the targets of a build, and what is not built, as lines for people.
//
// Releases of one ABI get one module: the 19 of MicroPython from 1.12 on make 52 files, not 162.
// Where two of them need other code after all, the older one's directory is named
// by the release.
func (o *Options) goals(sets []headerSet) (list []goal, skipped []string, err error) {
	var errs diag.List
	archs := o.archs(&errs)
	releases := o.Targets
	if len(releases) == 0 {
		for _, set := range sets {
			releases = append(releases, set.Release.Name)
		}
	}
	if len(releases) == 0 {
		releases = o.usualReleases()
	}
	without := map[string][]string{} // releases that do not load code of an architecture
	for _, release := range releases {
		in := target.Options{Release: release}
		if _, err := in.Find(); err != nil {
			errs.Join(err)
			continue
		}
		for _, arch := range archs {
			in.Arch = arch
			to, err := in.FindArch()
			if err != nil {
				without[arch] = append(without[arch], release)
				continue
			}
			g := goal{usualName(arch, to), arch, to}
			if slices.ContainsFunc(list, g.same) {
				continue
			}
			if slices.ContainsFunc(list, func(other goal) bool { return other.name == g.name }) {
				g.name = olderName(arch, to)
			}
			list = append(list, g)
		}
	}
	for _, arch := range archs {
		if old := without[arch]; old != nil {
			skipped = append(skipped, arch+" for "+strings.Join(old, ", ")+": no such firmware loads code of it")
		}
	}
	list = slices.DeleteFunc(list, func(g goal) bool {
		return len(o.Only) > 0 && !matchAny(o.Only, g.name) || matchAny(o.Skip, g.name)
	})
	if len(list) == 0 && len(errs) == 0 {
		e := errs.Add("", "there is nothing to build for: no target is left")
		for _, why := range skipped {
			e.Note("%s", why)
		}
		if len(o.Only)+len(o.Skip) > 0 {
			e.Note("targets are called ARCH_ABI, such as armv7m_6.3, for --only and --skip")
		}
	}
	return list, skipped, errs.Err()
}

// usualName is what a target is called, and olderName what it is called where a newer
// release has that name.
func usualName(arch string, to target.Target) string { return arch + "_" + to.LinkABI().Name }
func olderName(arch string, to target.Target) string { return arch + "_" + to.Number() }

// usualReleases are those to build for when nobody says so: the newest, also for a device
// that runs another for which modules are the same.
func (o *Options) usualReleases() []string {
	const latest = "latest"
	if o.For == nil {
		return []string{latest}
	}
	for _, arch := range o.For.Archs() {
		in := target.Options{Release: latest, Arch: arch}
		if newest, err := in.FindArch(); err == nil && (goal{Target: newest}).fits(*o.For) {
			return []string{latest}
		}
	}
	return []string{o.For.Release.Name}
}

// boards are a board with firmware of each release that there is a goal for.
func (o *Options) boards(list []goal) (devices []target.Target, err error) {
	var errs diag.List
	seen := map[string]bool{}
	for _, g := range list {
		if seen[g.Release.Name] {
			continue
		}
		seen[g.Release.Name] = true
		to, err := (&target.Options{Release: g.Release.Name, Board: o.Board}).Find()
		errs.Join(err)
		devices = append(devices, to)
	}
	return devices, errs.Err()
}

// chosen are the goals for whom alone the module is for: all, if nobody says so.
func (o *Options) chosen(list []goal) ([]goal, error) {
	var devices []target.Target
	var errs diag.List
	switch {
	case o.For != nil:
		devices = append(devices, *o.For)
	case o.Board != "":
		var err error
		if devices, err = o.boards(list); err != nil {
			return nil, Mistake{err}
		}
	default:
		return list, nil
	}
	var best []goal
	for _, to := range devices {
		g, err := bestFor(to, list)
		errs.Join(err)
		best = append(best, g)
	}
	return best, errs.Err()
}

// fits reports whether modules for the goal are such for what a device runs, but for
// their architecture.
func (g goal) fits(to target.Target) bool {
	return to.Device.Runs(g.Release) && g.Objects == to.Objects && g.Layout(g.Arch) == to.Layout(g.Arch)
}

// bestFor returns the one of several goals that a device should get.
func bestFor(to target.Target, list []goal) (goal, error) {
	for _, arch := range to.Archs() {
		for _, g := range list {
			if g.arch == arch && g.fits(to) {
				return g, nil
			}
		}
	}
	e := diag.New("", "the module is not for %s", to.Loader().Name)
	for _, g := range list {
		e.Note("it is for %s", g.name)
	}
	return goal{}, e
}

// same reports whether modules for another goal are modules for this one.
func (g goal) same(other goal) bool {
	return g.Arch == other.Arch && g.LinkABI() == other.LinkABI() && g.Layout(g.Arch) == other.Layout(other.Arch) && g.Objects == other.Objects
}

// archs are the architectures that the options ask for, in their own order.
func (o *Options) archs(errs *diag.List) []string {
	all := target.ArchNames()
	var list []string
	for _, name := range o.Archs {
		switch {
		case name == "all" || name == auto:
			list = append(list, all...)
		default:
			arch, err := Arch(name)
			errs.Join(err)
			if err == nil {
				list = append(list, arch)
			}
		}
	}
	if len(o.Archs) == 0 {
		list = all
	}
	slices.SortStableFunc(list, func(a, b string) int { return slices.Index(all, a) - slices.Index(all, b) })
	return slices.Compact(list)
}

// KnownArch is the error about a name that is none of an architecture, or nil.
func KnownArch(name string) error {
	_, err := Arch(name)
	return err
}

// Arch is the architecture that a name means, which may be that of a chip or board.
func Arch(name string) (string, error) {
	to, err := (&target.Options{Arch: name}).FindArch()
	if err != nil {
		return "", err
	}
	return to.Arch.Name, nil
}

// auto builds for the architectures that there are compilers for.
const auto = "auto"

// isAuto reports whether an architecture without a compiler is left out rather than
// an error.
func (o *Options) isAuto() bool {
	return o.For == nil && o.Board == "" && (len(o.Archs) == 0 || slices.Contains(o.Archs, auto))
}

func matchAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := path.Match(p, name)
		return err == nil && ok
	})
}

// KnownTargets is the error about a pattern that matches no target there can be, or nil.
func KnownTargets(pattern string) error {
	const names = "targets are called ARCH_ABI, such as armv7m_6.3; * ? [a-z] are special in a pattern"
	if _, err := path.Match(pattern, ""); err != nil {
		return diag.New("", "%q is not a pattern of targets", pattern).Note(names)
	}
	matches := func(pattern string) bool {
		return slices.ContainsFunc(everyTarget.Get(), func(name string) bool { return matchAny([]string{pattern}, name) })
	}
	if matches(pattern) {
		return nil
	}
	e := diag.New("", "no target is called %q", pattern)
	arch, err := Arch(pattern)
	switch like := diag.Closest(pattern, everyTarget.Get()); {
	case matches(pattern + "_*"):
		e.Note("did you mean %q?", pattern+"_*")
	case pattern != "" && err == nil:
		e.Note("%s is %s: did you mean %q?", pattern, arch, arch+"_*")
	case like != "":
		e.Note("did you mean %q?", like)
	}
	return e.Note(names)
}

// everyTarget is the names that targets can have.
var everyTarget = lazy.Value[[]string]{Make: func() (names []string) {
	for _, release := range target.Names() {
		for _, arch := range target.ArchNames() {
			to, err := (&target.Options{Release: release, Arch: arch}).FindArch()
			if err == nil {
				names = append(names, usualName(arch, to), olderName(arch, to))
			}
		}
	}
	return names
}}

// checkPatterns refuses patterns that cannot match anything.
func checkPatterns(option string, patterns []string) error {
	var errs diag.List
	for _, p := range patterns {
		var list diag.List
		list.Join(KnownTargets(p))
		for _, e := range list {
			e.Text = option + ": " + e.Text
		}
		errs.Join(list.Err())
	}
	return errs.Err()
}
