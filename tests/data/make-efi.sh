#!/bin/sh
# Makes efi/debian-shim.efi.gz of Debian's package shim-signed, whose path is the argument: its first KiB, with the headers, and behind
# them its certificates. Needs dpkg-deb and perl.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
dpkg-deb -x "$1" "$folder"
perl -0777 -ne '
    my $directory = unpack("V", substr($_, 60, 4)) + 24 + 112 + 4 * 8;
    my ($place, $size) = unpack("VV", substr($_, $directory, 8));
    my $head = substr($_, 0, 1024);
    substr($head, $directory, 4) = pack("V", 1024);
    print $head, substr($_, $place, $size);
' "$folder/usr/lib/shim/shimx64.efi.signed" | gzip -9n > "$(dirname "$0")/efi/debian-shim.efi.gz"
