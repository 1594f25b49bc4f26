#!/usr/bin/perl
# Small helpers around hivex for make-disks.sh:
#   hive.pl new FILE NAME      writes an empty, valid registry hive (regf 1.5), for hivexregedit to fill
#   hive.pl parents < a > b    completes a .reg text: every key's parents come before it, as hivexregedit --merge wants
#   hive.pl dump FILE          prints a hive as TSV: key, value name, type (decimal), data (hex); a key of its own has
#                              a line with empty name, type and data. \, tab, CR and LF are escaped as \\ \t \r \n.
use strict;
use warnings;

my %commands = (new => \&new_hive, parents => \&complete_parents, dump => \&dump_hive);
my $command = $commands{ shift @ARGV // '' } or die "usage: hive.pl new FILE NAME | parents | dump FILE\n";
$command->(@ARGV);

# Layout: Windows registry file format specification, "Base block", "Hive bin", "Key node", "Key security".
sub new_hive {
    my ($path, $name) = @_;
    my $none      = 0xffffffff;
    my $timestamp = pack 'L<2', 0, 0x01D90000;
    my $cell      = sub {
        my $size = (4 + length($_[0]) + 7) & ~7;
        return pack("l<a" . ($size - 4), -$size, $_[0]);
    };
    my $key = sub {
        my ($security) = @_;
        return $cell->(
            pack('a2 S<', 'nk', 0x2c) . $timestamp . pack('L<15', 0, $none, 0, 0, $none, $none, 0, $none, $security, $none, 0, 0, 0, 0, 0) . pack('S<2', 4, 0) . 'ROOT'
        );
    };
    my $security_at = 32 + length $key->(0);
    my $sid         = pack 'C8 L<2', 1, 2, 0, 0, 0, 0, 0, 5, 32, 544;                              # BUILTIN\Administrators
    my $descriptor  = pack('C2 S< L<4', 1, 0, 0x8000, 20, 20 + length $sid, 0, 0) . $sid . $sid;
    my $cells       = $key->($security_at)
        . $cell->(pack('a2 S< L<4', 'sk', 0, $security_at, $security_at, 1, length $descriptor) . $descriptor);
    my $free = 4096 - 32 - length $cells;
    my $bin  = pack('a4 L<4', 'hbin', 0, 4096, 0, 0) . $timestamp . pack('L<', 0) . $cells . pack("l< x" . ($free - 4), $free);
    my $base = pack('a4 L<2', 'regf', 1, 1) . $timestamp . pack('L<7', 1, 5, 0, 1, 32, 4096, 1);
    $base .= join '', map { pack 'S<', ord } split //, substr $name, 0, 31;
    $base .= "\0" x (508 - length $base);
    my $checksum = 0;
    $checksum ^= $_ for unpack 'L<127', $base;
    $base .= pack 'L<', $checksum;
    open my $file, '>:raw', $path or die "$path: $!\n";
    print {$file} pack('a4096', $base), $bin or die "$path: $!\n";
    close $file or die "$path: $!\n";
}

sub complete_parents {
    my %seen;
    while (my $line = <STDIN>) {
        if ($line =~ /^\[(.*)\]\s*$/) {
            my @names = split /\\/, $1;
            for my $depth (1 .. $#names - 1) {    # 0 is HKEY_LOCAL_MACHINE
                my $parent = join '\\', @names[0 .. $depth];
                print "[$parent]\n\n" unless $seen{ lc $parent }++;
            }
            $seen{ lc $1 }++;
        }
        print $line;
    }
}

sub dump_hive {
    my ($path) = @_;
    require Win::Hivex;
    binmode STDOUT, ':utf8';
    my $hive   = Win::Hivex->open($path);
    my $escape = sub {
        my ($text) = @_;
        $text =~ s/\\/\\\\/g;
        $text =~ s/\t/\\t/g;
        $text =~ s/\r/\\r/g;
        $text =~ s/\n/\\n/g;
        return $text;
    };
    my $walk;
    $walk = sub {
        my ($node, @names) = @_;
        my $key = join '\\', @names;
        print "$key\t\t\t\n";
        for my $value ($hive->node_values($node)) {
            my ($type, $data) = $hive->value_value($value);
            print join("\t", $key, $escape->($hive->value_key($value)), $type, unpack 'H*', $data), "\n";
        }
        $walk->($_, @names, $escape->($hive->node_name($_))) for $hive->node_children($node);
    };
    $walk->($hive->root);
}
