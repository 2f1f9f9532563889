#!/usr/bin/perl
# What git fast-import makes the repositories of make-repos.sh of. Names one of them, writes its stream to standard
# output, every time the same.
use strict; use warnings;
my $shape = shift;
binmode STDOUT;
my ($mark, $clock) = (0, 1_700_000_000);
my $state = 42;    # one generator for everything, so that every machine makes the same bytes
sub rnd { $state = ($state * 1_103_515_245 + 12_345) & 0x7fffffff; int(($state >> 8) / 0x800000 * $_[0]) }
sub blob { my $data = shift; $mark++; print "blob\nmark :$mark\ndata ", length $data, "\n", $data, "\n"; $mark }
sub commit {
    my ($ref, $subject, $from, $merge, @changes) = @_;
    $mark++; $clock += 60;
    print "commit $ref\nmark :$mark\ncommitter A <a\@example.org> $clock +0000\ndata ", length $subject, "\n$subject\n";
    print "from :$from\n" if $from;
    print "merge :$merge\n" if $merge;
    print "$_\n" for @changes;
    print "\n";
    $mark;
}
sub put { "M 100644 :$_[1] $_[0]" }
sub policy { put('.ci-guard.json', blob(qq({"feature": "feature", "base": "main", "allowed": ["develop", "release/*"]}\n))) }
sub reset_ref { print "reset $_[0]\nfrom :$_[1]\n\n" }

# Something like source code: a vocabulary, functions with their own few names, lines from a dozen templates.
my @syllables = qw(ba con de for in la me no per re se ta un ver mo di al ex ter get set buf len ptr str io py ck);
my @words = map { join '', map { $syllables[rnd(scalar @syllables)] } 1 .. 2 + rnd(3) } 1 .. 3000;
sub word { $words[int(3000 * (rnd(1000) / 1000) ** 3)] }
sub pool {
    my $size = shift;
    my $text = '';
    while (length $text < $size) {
        my @m = map { word() . (rnd(2) ? '_' . word() : '') } 1 .. 14;    # a module's own names
        for (1 .. 3 + rnd(12)) {
            my @n = map { $m[rnd(scalar @m)] } 1 .. 6;
            $text .= "/// " . join(' ', map { word() } 1 .. 6 + rnd(9)) . "\n";
            $text .= "fn $n[0]_$n[1]($n[2]: &$n[3], $n[4]: usize) -> Result<$n[5]> {\n";
            for (1 .. 4 + rnd(16)) {
                my ($x, $y, $z, $d) = ($n[rnd(6)], $n[rnd(6)], $m[rnd(scalar @m)], rnd(32));
                $text .= ("    let $x = $y.$z($d)?;\n",
                    "    if $x.is_$z() && $y > $d {\n        return Err(Error::$z($x));\n    }\n",
                    "    // " . join(' ', map { word() } 1 .. 5 + rnd(10)) . "\n",
                    "    self.$x.push($y\::new($d, \"$z\"));\n",
                    "    for $x in $y.iter().filter(|$z| $z.id == $d) {\n        $x.$z += $d;\n    }\n",
                    "    match $x {\n        $y\::$z => $d,\n        _ => unreachable!(),\n    };\n", "\n")[rnd(7)];
            }
            $text .= "    Ok($n[2])\n}\n\n";
        }
    }
    $text;
}
sub conflict { my ($n, $label) = @_; join "\n", '<' x $n . ' HEAD', 'ours', '=' x $n, 'theirs', '>' x $n . " $label", '' }

if ($shape eq 'wide') {
    my @files = map { sprintf 'part%02d/module%02d/file%03d.rs', $_ / 4000, $_ / 100 % 40, $_ % 100 } 0 .. 79_999;
    my @tree = map { put($_, blob("//! $_\n" . "fn " . word() . "() {}\n" x (1 + rnd(20)))) } @files;
    push @tree, policy();
    push @tree, put('.gitattributes', blob("*.md conflict-marker-size=9\n"));
    my $main = commit('refs/heads/main', 'Begin', 0, 0, @tree);
    $main = commit('refs/heads/main', "Change $_", $main, 0, put($files[$_ * 37], blob("changed $_\n"))) for 1 .. 200;
    my $fork = $main;
    $main = commit('refs/heads/main', "Change $_", $main, 0, put($files[$_ * 37], blob("changed $_\n"))) for 201 .. 210;
    my @ours = map { put($files[$_ * 7919 % 80_000], blob("//! a feature\n" . "fn " . word() . "() {}\n" x 30)) } 1 .. 10;
    my $feature = commit('refs/heads/feature', 'Work', $fork, 0, @ours[0 .. 4]);
    my @theirs = map { put($files[$_ * 37], blob("changed $_\n")) } 201 .. 210;
    $feature = commit('refs/heads/feature', 'Merge main', $feature, $main, @theirs);
    commit('refs/heads/feature', 'More work', $feature, 0, @ours[5 .. 9]);
    reset_ref('refs/remotes/origin/main', $main);
} elsif ($shape eq 'merges') {
    my %ref = map { $_ => "refs/remotes/origin/$_" } qw(main develop release/1.0);
    my $begin = commit('refs/heads/main', 'Begin', 0, 0, policy(), put('README', blob("begin\n")));
    my (%tip, %n);
    for my $line (sort keys %ref) { reset_ref($ref{$line}, $begin); $tip{$line} = $begin; $n{$line} = 0 }
    my $feature = $begin;
    my $step = sub {
        my $line = shift;
        my $change = put("$line/" . $n{$line} % 40, blob("$line " . $n{$line}++ . "\n"));
        $tip{$line} = commit($ref{$line}, "$line $n{$line}", $tip{$line}, 0, $change);
    };
    for my $i (1 .. 2500) {
        my $line = (sort keys %ref)[$i % 3];
        $step->($_) for ($line) x 4, (sort keys %ref)[rnd(3)];
        $feature = commit('refs/heads/feature', "Work $i", $feature, 0, put('feature/' . $i % 50, blob("feature $i\n"))) if $i % 2;
        $feature = commit('refs/heads/feature', "Merge $line", $feature, $tip{$line}, put("merged/$line", blob("$i\n")));
    }
    $step->($_) for map { ($_) x 50 } sort keys %ref;
    reset_ref('refs/heads/main', $tip{main});
} elsif ($shape eq 'big') {
    my $text = pool(48 << 20);
    my $noise = pack 'N*', map { rnd(0x10000) << 16 | rnd(0x10000) } 1 .. 4 << 20;
    my $piece = sub {    # whole lines of the pool
        my $size = shift;
        my $from = 1 + index $text, "\n", rnd(length($text) - $size - 4096);
        substr $text, $from, 1 + index($text, "\n", $from + $size) - $from;
    };
    my $size = sub {    # many small files and a few large ones: a lognormal distribution around e ** $_[0]
        my $bell = sqrt(-2 * log((1 + rnd(65_535)) / 65_536)) * cos(6.2831853 * rnd(65_536) / 65_536);
        my $size = int exp($_[0] + 1.15 * $bell);
        $size < 2e6 ? $size : 2e6;
    };
    my @edits;
    for my $i (0 .. 99_999) {
        my ($name, $place) = ($i % 200, int $i / 200);    # the same names in every folder, as packing likes it
        my $path = sprintf 'src%02d/part%02d/item%03d', $place / 25, $place % 25, $name;
        if ($name % 12 == 5) {
            my $n = $size->(9.7);
            my $data = "\x89BIN\0\0\1\0" . substr $noise, rnd(length($noise) - $n), $n;
            $data &= "\x8f" x length $data if $name % 24 == 5;    # half of it compresses a little
            push @{$edits[0]}, put("$path.bin", blob($data));
            next;
        }
        my $data = "//! $path\n" . $piece->($size->(8.72));
        $data .= conflict(7, 'feature/x') if $i % 10_007 == 9;
        $data .= "\nTitle\n=======\n" if $i % 997 == 9;
        my $suffix = (qw(rs rs rs md ts json))[$name % 6];
        push @{$edits[0]}, put("$path.$suffix", blob($data));
        next if $i % 5 >= 2;
        for my $round (1 .. 1 + rnd(4)) {    # every edit adds or takes away some lines
            my $at = 1 + index $data, "\n", rnd(length $data);
            substr($data, $at, rnd(300)) = $piece->(rnd(220)) if $at < length $data;
            push @{$edits[$round]}, put("$path.$suffix", blob($data));
        }
    }
    push @{$edits[0]}, put("data/dump$_.sql", blob($piece->(5 << 20) . "-- $_\n")) for 1 .. 4;
    my $tip = 0;
    $tip = commit('refs/heads/main', 'Edit', $tip, 0, @$_) for @edits;
} elsif ($shape eq 'patch') {
    my @files = map { sprintf 'part%03d/module%d/file%05d.txt', $_ % 200, $_ / 200 % 10, $_ } 0 .. 19_999;
    my $text = sub { my ($nth, $seventh) = @_; join '', map { "line $nth " . ($_ == 7 ? $seventh : $_) . "\n" } 0 .. 19 };
    my $main = commit('refs/heads/main', 'Begin', 0, 0, map { put($files[$_], blob($text->($_, 7))) } 0 .. $#files);
    commit('refs/heads/changed', 'Change all', $main, 0, map { put($files[$_], blob($text->($_, 'seven'))) } 0 .. $#files);
}
