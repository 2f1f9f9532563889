#!/usr/bin/perl
# A log for benches/triage.sh, on standard output: so many MB of what jobs print, one line in a hundred with an error
# word in it. Every time the same.
use strict; use warnings;
my $size = (shift || 512) * 1_000_000;
binmode STDOUT;
my $state = 42;    # one generator for everything, so that every machine makes the same bytes
sub rnd { $state = ($state * 1_103_515_245 + 12_345) & 0x7fffffff; int(($state >> 8) / 0x800000 * $_[0]) }
my @words = qw(alpha broker cache delta engine filter graph handler index journal kernel layout module node object parser
    queue router schema table unit vector worker zone client server proxy token stream buffer widget record report session);
sub word { $words[rnd(scalar @words)] }
sub name { word() . '-' . word() }
my @ordinary = (
    sub { "   Compiling " . name() . " v" . rnd(9) . '.' . rnd(30) . '.' . rnd(20) },
    sub { "ok " . rnd(9000) . " - " . word() . " keeps its " . word() . " (" . rnd(900) . " ms)" },
    sub { "  \e[32m\xe2\x9c\x93\e[39m " . word() . " gives " . name() . " back when " . word() . " is empty" },
    sub { "[INFO] Downloading from central: https://repo.example.org/maven2/org/" . word() . "/" . name() . "/" . rnd(9) . ".pom" },
    sub { "Get:" . rnd(300) . " http://archive.example.org/ubuntu jammy/main amd64 lib" . name() . " amd64 " . rnd(9) . "." . rnd(99) . " [" . rnd(900) . " kB]" },
    sub { "test " . word() . "::tests::" . word() . "_" . word() . " ... ok" },
    sub { "[" . rnd(4000) . "/4000] Building CXX object src/" . word() . "/CMakeFiles/" . word() . ".dir/" . word() . ".cpp.o" },
    sub { "g++ -O2 -Wall -Iinclude -I../" . word() . " -DNDEBUG -std=c++17 -c -o build/" . word() . "/" . name() . ".o src/" . name() . ".cc" },
    sub { "tests/" . word() . "/test_" . word() . ".py::test_" . word() . "_" . word() . " PASSED [" . rnd(100) . "%]" },
    sub { "#" . rnd(30) . " " . rnd(900) . "." . rnd(10) . " Setting up " . name() . " (" . rnd(9) . "." . rnd(60) . "-" . rnd(5) . ") ..." },
    sub { "" },
);
my @marked = (
    sub { "src/" . word() . ".c:" . rnd(900) . ":" . rnd(80) . ": error: '" . word() . "' undeclared" },
    sub { "test " . word() . "::tests::" . word() . "_fails_on_" . word() . " ... ok" },
    sub { "[WARN] " . name() . ": exception ignored in " . word() },
    sub { "-- Looking for " . word() . ".h - not found, fatal only if " . word() . " is used" },
);
my ($made, $clock) = (0, 0);
while ($made < $size) {
    my $block = '';
    for (1 .. 1000) {
        $clock += 3;
        my $of = rnd(100) ? \@ordinary : \@marked;
        $block .= sprintf "2024-05-%02dT%02d:%02d:%02d.%07dZ %s\n", 1 + $clock / 86_400 % 28, $clock / 3600 % 24, $clock / 60 % 60,
            $clock % 60, rnd(10_000_000), $of->[rnd(scalar @$of)]->();
    }
    print $block;
    $made += length $block;
}
print "2024-05-31T10:00:00.0000000Z src/main.c:7:1: error: expected ';' before 'return'\n",
    "2024-05-31T10:00:00.0000000Z make: *** [Makefile:12: main.o] Error 1\n",
    "2024-05-31T10:00:01.0000000Z ##[error]Process completed with exit code 2.\n";
