//! Places in files, as many tools write them: frames of stacks, positions of compilers and linters.
//!
//! A place is in the repository, or it belongs to somebody else (a package, a language's own library); where nothing says so,
//! only the path is judged. No file is looked for: the log is all there is.

use super::super::fingerprint::paths;
use crate::triage::hints::{Hinted, Hints};
use regex::{Captures, Regex};
use std::sync::OnceLock;

/// One place that a line names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::triage) struct Place {
    /// With `/` between its parts, from the root of the repository where that is known.
    pub(in crate::triage) file: String,
    /// The line in it.
    pub(in crate::triage) row: Option<u64>,
    /// The function, where it is a frame of a stack.
    pub(in crate::triage) function: Option<String>,
    /// It is a frame of a stack.
    pub(in crate::triage) is_frame: bool,
    /// It stands in the language's own libraries.
    pub(in crate::triage) is_runtime: bool,
    /// Frames of this language come the other way round: the last is where it happened.
    pub(in crate::triage) is_last_first: bool,
}

/// The longest path that is believed.
const LONGEST: usize = 300;

/// Endings of files that people write. A host name has none of them.
const ENDINGS: &str = "ada|adb|ads|asm|astro|bash|bat|bats|bazel|bib|bicep|bzl|c|cabal|cc|cjs|clj|cljc|cljs|cmake|cmd|coffee|conf|config|cpp|cr|cs|csproj|css|csv|cts|cu|cue|cxx|d|dart|dtx|eex|el|elm|erb|erl|ex|exs|f|f03|f08|f77|f90|f95|feature|fs|fsi|fsproj|fsx|gemspec|gn|go|gql|gradle|graphql|groovy|h|haml|hbs|hcl|heex|hh|hpp|hrl|hs|htm|html|hxx|idl|inc|ini|ino|ipynb|jade|java|jinja|jinja2|jl|js|json|json5|jsonc|jsx|kt|kts|less|lhs|lisp|lock|lsp|lua|m|m4|md|mdx|mjs|mk|ml|mli|mm|mts|nim|nix|nf|p6|pas|php|phpt|pl|pm|pp|prisma|properties|props|proto|ps1|psd1|psm1|pug|purs|pxd|py|pyi|pyx|r|rake|robot|ru|rb|re|rego|res|rkt|rs|rst|s|sass|sbt|scala|scm|scss|sh|slim|sln|sol|sql|styl|sv|svelte|swift|t|targets|tcl|tex|tf|tfvars|toml|ts|tsx|twig|txt|v|vala|vb|vbproj|vcxproj|vhd|vhdl|vim|vue|wat|xml|xsd|yaml|yml|zig|zsh";

/// What a path looks like where nothing is around it.
const PATH: &str = r"(?:[A-Za-z]:)?[A-Za-z0-9_.@+~/$#-]*[A-Za-z0-9_@+$-]";

struct Shape {
    hints: Hints,
    /// `FILE` stands for a file with an ending.
    pattern: &'static str,
    regex: OnceLock<Option<Regex>>,
    is_frame: bool,
    is_last_first: bool,
}

const fn shape(hints: Hints, pattern: &'static str, is_frame: bool, is_last_first: bool) -> Shape {
    Shape { hints, pattern, regex: OnceLock::new(), is_frame, is_last_first }
}

const fn frame(hints: Hints, pattern: &'static str) -> Shape {
    shape(hints, pattern, true, false)
}

const fn place(hints: Hints, pattern: &'static str) -> Shape {
    shape(hints, pattern, false, false)
}

/// In the order in which they are asked; the first that matches explains the line.
static SHAPES: [Shape; 20] = [
    // Python, and OCaml's `File "a.ml", line 3, characters 4-5:`
    shape(
        &[b"file \""],
        r#"\bFile "(?P<file>[^"]+)", lines? (?P<row>[0-9]+)(?:-[0-9]+)?(?:, in (?P<function>[^\s,]+))?"#,
        true,
        true,
    ),
    // Java and its family
    frame(
        &[b".java", b".kt", b".scala", b".groovy", b".clj"],
        r"\bat (?:[A-Za-z0-9_.@-]*/){0,2}(?P<function>[A-Za-z0-9_.$<>]+)\((?P<file>[A-Za-z0-9_$-]+\.(?:java|kt|scala|groovy|clj))(?::(?P<row>[0-9]+))?\)",
    ),
    // .NET
    frame(&[b":line 0"], r"\bat (?P<function>[^\s(]+)\([^)]*\) in FILE:line (?P<row>[0-9]+)"),
    // JavaScript
    frame(
        &[b"at "],
        r"\bat (?:(?:async |new )?(?P<function>[^\s()]+)(?: \[as [^\]]+\])? \()?(?:webpack:///|webpack-internal:///)?FILE:(?P<row>[0-9]+):[0-9]+\)?",
    ),
    // JavaScript, as Firefox and Safari write it
    frame(&[b"@"], r"^\s*(?P<function>[^\s@/:()]+)@(?:[a-z-]+://[^\s/]*/)?FILE:(?P<row>[0-9]+)(?::[0-9]+)?$"),
    // PHP
    frame(&[b"0): "], r"#[0-9]+ FILE\((?P<row>[0-9]+)\): (?P<function>[^\s(]+)"),
    // gdb, sanitizers
    frame(&[b"~ in "], r"#[0-9]+ +0x[0-9a-f]+ in (?P<function>\S+).* FILE:(?P<row>[0-9]+)"),
    // Ruby
    frame(&[b"0:in "], r"FILE:(?P<row>[0-9]+):in [`'](?P<function>[^'`]+)'"),
    // Elixir
    frame(&[b") "], r"^\s*(?:\([a-z_0-9]+(?: [0-9.]+[a-z0-9.-]*)?\) )FILE:(?P<row>[0-9]+): (?P<function>\S+)"),
    // Go
    frame(&[b" +0x~"], r"^\s+FILE:(?P<row>[0-9]+) \+0x[0-9a-f]+"),
    // Rust's backtraces
    frame(&[b"at "], r"^\s+at FILE:(?P<row>[0-9]+)(?::[0-9]+)?$"),
    // Lua
    frame(&[b"0: in "], r"FILE:(?P<row>[0-9]+): in (?:function|method|upvalue|local|field) ['<](?P<function>[^'>]+)"),
    place(&[b"-->"], r"-->\s+FILE:(?P<row>[0-9]+)"),
    place(&[b"(0"], r"FILE\((?P<row>[0-9]+)(?:[,:.-][0-9]+)*\)"),
    place(&[b":0"], r"FILE:(?P<row>[0-9]+)"),
    // IAR
    place(&[b"\",0"], r#""FILE",(?P<row>[0-9]+)\s"#),
    place(
        &[b"line 0", b"line0", b":l0", b":l 0", b"#l0", b"#l 0"],
        r#"["']?FILE["']?,? ?(?:[:(]? ?(?:on |at )?line|\(line|:L|#L) ?(?P<row>[0-9]+)"#,
    ),
    place(&[b"line 0"], r#"(?i)\bline (?P<row>[0-9]+)(?:,? column [0-9]+)?,? (?:of|in)(?: file)? ["'`]?FILE"#),
    place(&[b":[0"], r"FILE:\[(?P<row>[0-9]+),[0-9]+\]"),
    place(&[], r"(?:^|[\s'(\[`])FILE(?:$|[\s:,')\]`]|::)"),
];

/// Files known by their names; but for one, they have no ending.
const NAMED: &str = "Makefile|Dockerfile|Jenkinsfile|Gemfile|Rakefile|Podfile|Vagrantfile|Procfile|CMakeLists\\.txt|BUILD|WORKSPACE|Snakefile";

impl Shape {
    /// The pattern, if this line is worth asking.
    fn on(&self, line: &Hinted<'_>, names_file: bool) -> Option<&Regex> {
        const HOLE: &str = "FILE";
        if self.pattern.contains(HOLE) && !names_file || !line.has_any(self.hints) {
            return None;
        }
        let compile = || {
            let file = format!(r"(?P<file>{PATH}\.(?i-u:{ENDINGS})\b|(?:{PATH}/)?(?:{NAMED}))");
            Regex::new(&self.pattern.replace(HOLE, &file)).ok()
        };
        self.regex.get_or_init(compile).as_ref()
    }
}

/// Whether a file may be named at all: the pattern for one is dear.
fn names_file(line: &str) -> bool {
    let is_ending = |(dot, _): (usize, &str)| {
        let rest = &line[dot + 1..];
        let ending = &rest[..rest.bytes().take_while(u8::is_ascii_alphanumeric).count()];
        ENDINGS.split('|').any(|known| known.eq_ignore_ascii_case(ending))
    };
    let lower = line.to_ascii_lowercase();
    line.match_indices('.').any(is_ending) || NAMED.split('|').any(|name| lower.contains(&name.to_ascii_lowercase()))
}

/// The places that a line names: a frame alone, or everything that looks like a position.
pub(in crate::triage) fn of(line: &str, root: Option<&str>) -> Vec<Place> {
    const MOST: usize = 4;
    if line.len() > 4_000 || !line.contains(['.', '/', 'f', 'D', 'B']) {
        return Vec::new();
    }
    let line = paths::relative(line, root).replace("file://", "");
    let (hinted, names_file) = (Hinted::of(&line), names_file(&line));
    for shape in &SHAPES {
        let Some(regex) = shape.on(&hinted, names_file) else { continue };
        let found: Vec<Place> =
            regex.captures_iter(&line).take(MOST).filter_map(|found| placed(shape, &found, &line)).collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

fn placed(shape: &Shape, found: &Captures<'_>, line: &str) -> Option<Place> {
    let file = found.name("file")?;
    // A part of an address is none.
    if line[..file.start()].ends_with("://") || file.as_str().starts_with("//") {
        return None;
    }
    // Without a folder or a line it is a word: `BUILD FAILED`.
    if matches!(file.as_str(), "BUILD" | "WORKSPACE") && found.name("row").is_none() {
        return None;
    }
    let is_runtime = shape.is_frame && is_runtime(file.as_str(), line);
    let function = found.name("function").map(|function| function.as_str().to_owned());
    let mut file = file.as_str().to_owned();
    if let Some(package) = function.as_deref().filter(|_| !file.contains('/') && is_jvm(&file)) {
        // `com.acme.Cart.add(Cart.java:12)` stands in com/acme.
        let folders: Vec<&str> =
            package.split('.').take_while(|part| part.starts_with(|c: char| c.is_ascii_lowercase())).collect();
        let is_class = folders.len() < package.split('.').count();
        file =
            if is_class { folders.iter().chain(&[file.as_str()]).copied().collect::<Vec<_>>().join("/") } else { file };
    }
    Some(Place {
        file,
        // What has no line is said to be in line 0.
        row: found.name("row").and_then(|row| row.as_str().parse().ok()).filter(|row| *row > 0),
        function,
        is_frame: shape.is_frame,
        is_runtime,
        is_last_first: shape.is_last_first,
    })
}

fn is_jvm(file: &str) -> bool {
    ["java", "kt", "scala", "groovy"].iter().any(|ending| file.rsplit('.').next() == Some(ending))
}

/// Frames of a language itself: of node, Elixir, Ruby. Their paths look like those of any repository.
fn is_runtime(file: &str, line: &str) -> bool {
    const NODE: [&str; 16] = [
        "module.js",
        "vm.js",
        "node.js",
        "bootstrap_node.js",
        "events.js",
        "net.js",
        "fs.js",
        "timers.js",
        "util.js",
        "assert.js",
        "child_process.js",
        "_stream_readable.js",
        "_stream_writable.js",
        "_http_client.js",
        "domain.js",
        "buffer.js",
    ];
    const ELIXIR: [&str; 6] = ["elixir", "stdlib", "ex_unit", "mix", "kernel", "logger"];
    let app = line.trim_start().strip_prefix('(').and_then(|rest| rest.split([' ', ')']).next());
    NODE.contains(&file) || file.starts_with("internal/") || app.is_some_and(|app| ELIXIR.contains(&app))
}

/// Folders whose files are not the repository's.
const FOREIGN: &[&str] = &[
    "node_modules/",
    "site-packages/",
    "dist-packages/",
    ".cargo/",
    ".rustup/",
    "rustc/",
    "library/std/",
    "library/core/",
    "library/alloc/",
    "src/libstd/",
    "src/libcore/",
    "vendor/",
    "goroot/",
    "pkg/mod/",
    "gems/",
    ".rvm/",
    ".rbenv/",
    ".gradle/",
    ".m2/",
    ".nvm/",
    ".npm/",
    ".yarn/",
    "hostedtoolcache/",
    "Pods/",
    "Carthage/",
    ".build/checkouts/",
    "elm-stuff/",
    "deps/",
    "_build/",
    ".pub-cache/",
    ".nuget/",
    ".stack/",
    ".cabal/",
    ".opam/",
    "nix/store/",
    "bower_components/",
    "third_party/",
    "internal/modules/",
    "internal/process/",
    "usr/",
    ".venv/",
    "venv/",
    "virtualenv/",
    "lib/python",
    "jspm_packages/",
    "webpack/bootstrap",
    "lib/ruby/",
];

/// Packages of languages and test runners, by the beginning of a function's name.
const FOREIGN_PACKAGES: &[&str] = &[
    "java.",
    "javax.",
    "jdk.",
    "sun.",
    "com.sun.",
    "org.junit.",
    "junit.",
    "org.testng.",
    "org.apache.maven.",
    "org.gradle.",
    "scala.",
    "kotlin.",
    "kotlinx.",
    "groovy.",
    "org.codehaus.groovy.",
    "clojure.",
    "org.mockito.",
    "org.hamcrest.",
    "org.assertj.",
    "org.springframework.",
    "org.scalatest.",
    "sbt.",
    "akka.actor.",
    "org.eclipse.jetty.",
    "io.netty.",
    "com.google.common.",
    "System.",
    "Microsoft.",
    "NUnit.",
    "Xunit.",
    "android.",
    "androidx.",
    "dalvik.",
    "org.robolectric.",
];

impl Place {
    /// Whether it may be a file of the repository: its path from there.
    pub(in crate::triage) fn own(&self) -> Option<String> {
        let mut file = self.file.as_str();
        while let Some(rest) = file.strip_prefix("./") {
            file = rest;
        }
        let is_foreign_function = self
            .function
            .as_deref()
            .is_some_and(|function| FOREIGN_PACKAGES.iter().any(|package| function.starts_with(package)));
        let is_absolute = file.starts_with(['/', '~', '<', '$', '#']) || file.as_bytes().get(1) == Some(&b':');
        let is_foreign = FOREIGN.iter().any(|folder| {
            file.starts_with(folder) || file.match_indices(folder).any(|(at, _)| file[..at].ends_with('/'))
        });
        let is_path = !file.is_empty()
            && file.len() <= LONGEST
            && file.split('/').all(|part| !part.is_empty() && part != "..")
            && !file.contains("...")
            && !file.chars().any(|c| c.is_control() || matches!(c, '<' | '>' | '|' | '*' | '?' | '"' | ':'))
            && !file.starts_with(['-', '.']) | file.starts_with(".github/") | file.starts_with(".ci/");
        (is_path && !self.is_runtime && !is_absolute && !is_foreign && !is_foreign_function).then(|| file.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    /// The file and the row that a line names, when it may be the repository's.
    fn own(line: &str) -> Vec<(String, Option<u64>)> {
        of(line, None).iter().filter_map(|place| Some((place.own()?, place.row))).collect()
    }

    #[test]
    fn places_in_the_shapes_of_many_tools() {
        for (line, file, row) in [
            (r#"  File "/home/runner/work/shop/shop/app/cart.py", line 31, in add"#, "app/cart.py", Some(31)),
            (r#"File "src/cart.ml", line 3, characters 4-5:"#, "src/cart.ml", Some(3)),
            ("\tat com.acme.shop.Cart.add(Cart.java:12)", "com/acme/shop/Cart.java", Some(12)),
            ("    at app//com.acme.Cart.add(Cart.java:12)", "com/acme/Cart.java", Some(12)),
            ("   at Acme.Cart.Add(Int32 n) in /home/runner/work/shop/shop/src/Cart.cs:line 8", "src/Cart.cs", Some(8)),
            ("    at add (/home/runner/work/shop/shop/src/cart.js:1:2)", "src/cart.js", Some(1)),
            ("    at async Object.<anonymous> (src/cart.test.ts:10:5)", "src/cart.test.ts", Some(10)),
            ("    SimpleTest.ok@SimpleTest/SimpleTest.js:426:16", "SimpleTest/SimpleTest.js", Some(426)),
            ("add@http://localhost:8080/src/cart.js:12:5", "src/cart.js", Some(12)),
            ("src/cart.js:0:0 - error: no file", "src/cart.js", None),
            ("ERROR: /builds/acme/shop/cart/BUILD:12:3: no such target", "cart/BUILD", Some(12)),
            ("    at /builds/acme/shop/src/cart.mjs:1:2", "src/cart.mjs", Some(1)),
            ("#0 /builds/acme/shop/src/Cart.php(12): Shop\\Cart->add()", "src/Cart.php", Some(12)),
            ("    #3 0x4a2f in cart_add /builds/acme/shop/src/cart.c:40:3", "src/cart.c", Some(40)),
            ("/builds/acme/shop/lib/cart.rb:12:in `add'", "lib/cart.rb", Some(12)),
            ("    (shop 0.1.0) lib/cart.ex:12: Shop.Cart.add/2", "lib/cart.ex", Some(12)),
            ("\t/builds/acme/shop/cart/cart.go:12 +0x1d", "cart/cart.go", Some(12)),
            ("             at ./src/cart.rs:7:9", "src/cart.rs", Some(7)),
            ("  --> src/cart.rs:7:9", "src/cart.rs", Some(7)),
            ("thread 'main' panicked at src/cart.rs:7:9:", "src/cart.rs", Some(7)),
            ("    cart_test.go:12: expected 1", "cart_test.go", Some(12)),
            ("src\\cart.cpp(12,5): error C2065: 'x'", "src/cart.cpp", Some(12)),
            ("src/cart.ts(12,5): error TS2322: no", "src/cart.ts", Some(12)),
            ("src/cart.ts:12:5 - error TS2322: no", "src/cart.ts", Some(12)),
            ("PHP Fatal error:  x in /builds/acme/shop/src/Cart.php on line 12", "src/Cart.php", Some(12)),
            ("./build.sh: line 12: foo: command not found", "build.sh", Some(12)),
            ("src/Cart.hs:12:5: error:", "src/Cart.hs", Some(12)),
            (
                "[ERROR] /builds/acme/shop/src/main/java/Cart.java:[12,5] cannot find symbol",
                "src/main/java/Cart.java",
                Some(12),
            ),
            ("CMake Error at CMakeLists.txt:12 (find_package):", "CMakeLists.txt", Some(12)),
            ("Makefile:12: recipe for target 'all' failed", "Makefile", Some(12)),
            ("e: file:///builds/acme/shop/src/Cart.kt:12:5 Unresolved", "src/Cart.kt", Some(12)),
            ("FAILED tests/test_cart.py::test_add - assert 1 == 2", "tests/test_cart.py", None),
            (" FAIL  src/cart.test.js", "src/cart.test.js", None),
            ("lib/cart.pl line 12.", "lib/cart.pl", Some(12)),
            ("syntax error at lib/cart.pm line 12, near \"x\"", "lib/cart.pm", Some(12)),
            ("\"src\\cart.c\",12 Error[Pe018]: x", "src/cart.c", Some(12)),
            ("\"src/cart.f90\", line 12: error", "src/cart.f90", Some(12)),
            ("        on line 8 of sass/cart.sass", "sass/cart.sass", Some(8)),
            ("Error: .github/workflows/ci.yml:3:1: unknown key", ".github/workflows/ci.yml", Some(3)),
        ] {
            assert_eq!(own(line), [(file.to_owned(), row)], "{line}");
        }
    }

    #[test]
    fn what_is_not_in_the_repository_is_left_out() {
        for line in [
            "    at Module._compile (node:internal/modules/cjs/loader:1:2)",
            "    at run (/home/runner/work/shop/shop/node_modules/jest/build/run.js:1:2)",
            r#"  File "/usr/lib/python3.11/unittest/case.py", line 59, in run"#,
            r#"  File "/opt/hostedtoolcache/Python/3.11/x64/lib/python3.11/site-packages/a.py", line 59, in run"#,
            "\tat org.junit.runners.ParentRunner.run(ParentRunner.java:413)",
            "\tat java.base/java.util.ArrayList.get(ArrayList.java:427)",
            "  --> /root/.cargo/registry/src/index-1/serde-1.0/src/lib.rs:7:9",
            "/usr/include/stdio.h:12:1: note: here",
            "connect to example.com:443 failed",
            "see https://example.org/a/b.html:80",
            "../../etc/passwd.txt:3: x",
            "BUILD FAILED",
            "12:30:45 nothing",
            "version 1.2.3: done",
        ] {
            assert_eq!(own(line), [], "{line}");
        }
    }
}
