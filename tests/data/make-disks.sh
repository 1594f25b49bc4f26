#!/usr/bin/env bash
# Makes the disk images, volumes and hives of this folder anew, with other people's programs: see README.md.
# Usage: make-disks.sh [disks|volumes|hives|linux|logical|xfs|wof]...      (all but wof, when none is named)
# Needs root, FUSE (ntfs-3g makes the folders), loop devices (for lvm2) and a Linux that mounts XFS, Debian: qemu-utils ntfs-3g
# libhivex-bin libwin-hivex-perl gdisk fdisk dosfstools e2fsprogs lvm2 mtools attr wimtools xfsprogs. Whoever only uses the results needs none of this.
# What the guests hold is made for the rules in rules.txt: whoever adds to it what a newer rule looks at adds the rule there.
# Volume serials, MFT change times and VHD/VHDX identifiers differ from run to run; the hashes are written with the files.
set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC MTOOLS_SKIP_CHECK=1 SOURCE_DATE_EPOCH=1700000000 PATH="$PATH:/usr/sbin:/sbin"

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
mounted=
loops=()
finish() {
    [ -z "$mounted" ] || umount "$work/mount" || true
    [ ${#loops[@]} -eq 0 ] || losetup -d "${loops[@]}" || true
    rm -rf "$work"
}
trap finish EXIT

readonly mib=1048576 sector=512
readonly disk_guid=5A1D0C3E-7B42-4F6D-9E21-3C8B6D5F0A01   # its bytes stand in guest/*.reg too: BCD, MountedDevices
readonly esp_guid=5A1D0C3E-7B42-4F6D-9E21-3C8B6D5F0A02
readonly msr_guid=5A1D0C3E-7B42-4F6D-9E21-3C8B6D5F0A03
readonly windows_guid=5A1D0C3E-7B42-4F6D-9E21-3C8B6D5F0A04

note() { echo "make-disks: $*" >&2; }
sparse() { rm -f "$1"; truncate -s "$2" "$1"; }
lay() { dd if="$1" of="$2" bs=64K seek=$(($3 / 65536)) conv=sparse,notrunc iflag=fullblock status=none; }

# ---- volumes --------------------------------------------------------------------------------------------------------

# make_ntfs FILE BYTES LABEL FIRST_SECTOR
make_ntfs() {
    sparse "$1" "$2"
    mkntfs -F -Q -q -L "$3" -p "$4" -H 255 -S 63 "$1" > /dev/null 2>&1
}

# with_ntfs FILE FUNCTION...: runs a function in the root of a mounted NTFS volume; ends when ntfs-3g has let go of it
with_ntfs() {
    local image=$1 daemon
    shift
    mkdir -p "$work/mount"
    ntfs-3g -o no_detach,streams_interface=windows,compression "$image" "$work/mount" > "$work/ntfs-3g.log" 2>&1 &
    daemon=$!
    until mountpoint -q "$work/mount"; do sleep 0.1; done
    mounted=yes
    (cd "$work/mount" && "$@")
    umount "$work/mount"
    mounted=
    wait "$daemon"
}

# make_fat32 FILE BYTES LABEL FIRST_SECTOR: 512-byte clusters, so that it is FAT32 by its count of clusters too
make_fat32() {
    sparse "$1" "$2"
    mkfs.fat --invariant -F 32 -s 1 -h "$4" -i 2C8E51A7 -n "$3" "$1" > /dev/null
}

# put IMAGE SOURCE TARGET: a file into a FAT volume, its folders made as needed
put() {
    local folder=$3 path=
    folder=${folder%/*}
    while [ -n "$folder" ]; do
        path=$path/${folder%%/*}
        mdir -i "$1" "::$path" > /dev/null 2>&1 || mmd -i "$1" "::$path"
        case $folder in */*) folder=${folder#*/} ;; *) folder= ;; esac
    done
    mcopy -o -m -i "$1" "$2" "::/$3"
}

# ---- a guest's files ------------------------------------------------------------------------------------------------

# make_hive NAME FILE REG...: a hive from .reg texts, later ones over earlier ones
make_hive() {
    local name=$1 file=$2 reg
    shift 2
    perl "$here/hive.pl" new "$file" "$name"
    for reg in "$@"; do
        perl "$here/hive.pl" parents < "$reg" > "$work/complete.reg"
        hivexregedit --merge --prefix "HKEY_LOCAL_MACHINE\\$name" "$file" "$work/complete.reg"
    done
    touch -d @$SOURCE_DATE_EPOCH "$file"
}

# make_pe FILE SUBSYSTEM: the headers of an empty x64 program (PE32+; subsystem 10 EFI application, 1 native, 3 console)
make_pe() {
    perl -e '
        my ($subsystem) = @ARGV;
        binmode STDOUT;
        print pack("a2 x58 L<", "MZ", 64), pack("a4 S<2 L<3 S<2", "PE", 0x8664, 0, 0, 0, 0, 240, 0x22),
            pack("S< C2 L<5 Q< L<2 S<6 L<4 S<2 Q<4 L<2 x128", 0x20b, 14, 0, 0, 0, 0, 0, 0, 0x140000000, 4096, 512, 10, 0, 0, 0, 10, 0,
                0, 4096, 512, 0, $subsystem, 0, 0x100000, 0x1000, 0x100000, 0x1000, 0, 16);
    ' "$2" > "$1"
    truncate -s 1024 "$1"
    touch -d @$SOURCE_DATE_EPOCH "$1"
}

# hives_of GUEST: its hives in $work/hives/GUEST
hives_of() {
    local guest=$1 folder=$work/hives/$1 name regs
    mkdir -p "$folder"
    for name in SYSTEM SOFTWARE SECURITY; do
        regs=("$here/guest/$name.reg")
        [ ! -f "$here/guest/$name.$guest.reg" ] || regs+=("$here/guest/$name.$guest.reg")
        make_hive "$name" "$folder/$name" "${regs[@]}"
    done
    case $guest in
        mbr) make_hive BCD "$folder/BCD" "$here/guest/BCD.mbr.reg" ;;
        *) make_hive BCD "$folder/BCD" "$here/guest/BCD.gpt.reg" ;;
    esac
}

# windows_files GUEST: what a Windows Server leaves on its system volume, as far as anybody looks at it
windows_files() {
    local guest=$1 state=IMAGE_STATE_COMPLETE file
    mkdir -p Windows/{Setup/State,WinSxS,Temp,System32/{config,drivers,inetsrv/config,oobe,Sysprep}} Users/{Administrator,Public} \
        ProgramData "Program Files/Common Files" inetpub/wwwroot WindowsAzure/GuestAgent_2.7.41491.1095
    for file in ntoskrnl winload hal; do cp -p "$work/native.pe" Windows/System32/$file.exe; done
    mv Windows/System32/hal.exe Windows/System32/hal.dll
    for file in cdrom storvsc vmbus vmstorfl intelide atapi tcpip afd tdx partmgr; do cp -p "$work/native.pe" Windows/System32/drivers/$file.sys; done
    for file in Windows/System32/{oobe/windeploy.exe,Sysprep/sysprep.exe,sppnp.dll,svchost.exe} \
        WindowsAzure/GuestAgent_2.7.41491.1095/{WaAppAgent,WindowsAzureGuestAgent}.exe; do
        cp -p "$work/console.pe" "$file"
    done
    printf '<?xml version="1.0" encoding="UTF-8"?>\r\n<configuration><system.applicationHost><applicationPools><add name="DefaultAppPool" /></applicationPools></system.applicationHost></configuration>\r\n' > Windows/System32/inetsrv/config/applicationHost.config
    cp -p "$work/hives/$guest/"{SYSTEM,SOFTWARE,SECURITY} Windows/System32/config/
    : > Windows/System32/config/SYSTEM.LOG1
    : > Windows/System32/config/SYSTEM.LOG2

    case $guest in
        notready)
            mkdir -p Windows/Panther
            printf '<?xml version="1.0" encoding="utf-8"?>\r\n<unattend xmlns="urn:schemas-microsoft-com:unattend">\r\n  <settings pass="oobeSystem" />\r\n</unattend>\r\n' > Windows/Panther/unattend.xml
            ;;
        generalized)
            state=IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE
            : > Windows/System32/Sysprep/Sysprep_succeeded.tag
            mkdir -p Windows/System32/Sysprep/Panther
            printf '2023-11-14 22:13:20, Info                  SYSPRP ========================================================\r\n2023-11-14 22:13:20, Info                  SYSPRP ===          Beginning of a new sysprep run          ===\r\n2023-11-14 22:13:20, Info                  SYSPRP ========================================================\r\n2023-11-14 22:14:02, Info       [0x0f0080] SYSPRP ActionPlatform::LaunchModule: Successfully executed Sysprep_Generalize_Pnp\r\n2023-11-14 22:14:10, Info       [0x0f004d] SYSPRP The time is now 2023-11-14 22:14:10\r\n' > Windows/System32/Sysprep/Panther/setupact.log
            : > Windows/System32/Sysprep/Panther/setuperr.log
            ;;
        mbr)
            mkdir -p Boot
            cp -p "$work/hives/mbr/BCD" Boot/BCD
            cp -p "$work/native.pe" bootmgr
            ;;
    esac
    printf '[State]\r\nImageState=%s\r\n' "$state" > Windows/Setup/State/State.ini
    find . -xdev -depth -exec touch -h -d @$SOURCE_DATE_EPOCH {} +
}

programs() {
    make_pe "$work/efi.pe" 10
    make_pe "$work/native.pe" 1
    make_pe "$work/console.pe" 3
}

# ---- whole disks ----------------------------------------------------------------------------------------------------

# gpt_guest GUEST FILE BYTES: GPT; ESP 1-35 MiB, MSR 35-36 MiB, Windows 36-60 MiB
gpt_guest() {
    local guest=$1 disk=$2
    hives_of "$guest"
    sparse "$disk" "$3"
    sgdisk -a 2048 -U $disk_guid \
        -n 1:2048:+34M -t 1:EF00 -c "1:EFI system partition" -u 1:$esp_guid \
        -n 2:0:+1M -t 2:0C01 -c "2:Microsoft reserved partition" -u 2:$msr_guid \
        -n 3:0:+24M -t 3:0700 -c "3:Basic data partition" -u 3:$windows_guid "$disk" > /dev/null
    make_fat32 "$work/esp.img" $((34 * mib)) SYSTEM 2048
    put "$work/esp.img" "$work/efi.pe" EFI/Boot/bootx64.efi
    put "$work/esp.img" "$work/efi.pe" EFI/Microsoft/Boot/bootmgfw.efi
    put "$work/esp.img" "$work/hives/$guest/BCD" EFI/Microsoft/Boot/BCD
    make_ntfs "$work/windows.img" $((24 * mib)) Windows $((36 * mib / sector))
    with_ntfs "$work/windows.img" windows_files "$guest"
    lay "$work/esp.img" "$disk" $mib
    lay "$work/windows.img" "$disk" $((36 * mib))
}

# mbr_guest FILE BYTES: one active NTFS partition, 1-25 MiB
mbr_guest() {
    hives_of mbr
    sparse "$1" "$2"
    printf 'label: dos\nlabel-id: 0x3e0c1d5a\nstart=2048, size=%d, type=7, bootable\n' $((24 * mib / sector)) | sfdisk -q "$1"
    make_ntfs "$work/windows.img" $((24 * mib)) Windows 2048
    with_ntfs "$work/windows.img" windows_files mbr
    lay "$work/windows.img" "$1" $mib
    # boot code that halts: cli; hlt; jmp
    printf '\372\364\353\375' | dd of="$1" conv=notrunc status=none
}

# no_os FILE BYTES: GPT, one empty FAT32
no_os() {
    sparse "$1" "$2"
    sgdisk -a 2048 -U 5A1D0C3E-7B42-4F6D-9E21-3C8B6D5F0B01 -n 1:2048:+34M -t 1:0700 -c "1:Basic data partition" -u 1:5A1D0C3E-7B42-4F6D-9E21-3C8B6D5F0B02 "$1" > /dev/null
    make_fat32 "$work/empty.img" $((34 * mib)) EMPTY 2048
    lay "$work/empty.img" "$1" $mib
}

# pattern FILE: text, noise and zeros, over 3 MiB and 7 sectors, so not whole clusters; the last sector is text
pattern() {
    sparse "$1" $((3 * mib + 7 * sector))
    perl -e '
        my $state = 20;
        sub noise { join "", map { $state = ($state * 1103515245 + 12345) % 2**31; chr($state >> 16 & 255) } 1 .. $_[0] }
        open my $disk, "+<:raw", $ARGV[0] or die;
        for ([0, "begin " x 100], [70_000, noise(5_000)], [130_000, "a text that compresses; " x 9_000], [1_050_000, noise(9_000)],
             [2_000_000, "another text that compresses; " x 4_000], [3 * 2**20 + 6 * 512, "end " x 128]) {
            seek $disk, $_->[0], 0 or die;
            print $disk $_->[1];
        }
        close $disk or die;
    ' "$1"
}

# keep RAW NAME [FORMAT OPTIONS [-c]]: stores a disk gzipped, converted by qemu-img, and writes its line of disks.tsv
keep() {
    local raw=$1 name=$2 file=$work/$2 capacity
    if [ $# -gt 2 ]; then
        qemu-img convert -q -f raw -O "$3" -o "$4" ${5:+"$5"} "$raw" "$file"
        qemu-img compare -q -f raw -F "$3" "$raw" "$file"
    elif [ "$raw" != "$file" ]; then
        cp --sparse=always "$raw" "$file"
    fi
    gzip -9nc "$file" > "$here/disks/$name.gz"
    capacity=$(stat -c %s "$raw")
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "${3:-raw}" "${4:-}${5:+ $5}" "$capacity" "$(hash_of "$file")" "$(hash_of "$raw")" >> "$here/disks/disks.tsv"
    [ "$raw" = "$file" ] || rm -f "$file"
}

hash_of() { sha256sum < "$1" | cut -d ' ' -f 1; }

disks() {
    rm -rf "$here/disks"
    mkdir -p "$here/disks"
    printf 'file\tformat\toptions\tcapacity\tsha256 of the file\tsha256 of the content\n' > "$here/disks/disks.tsv"
    programs

    note "ready"
    gpt_guest ready "$work/ready.raw" $((61 * mib))
    keep "$work/ready.raw" ready.raw
    keep "$work/ready.raw" ready-fixed.vhd vpc subformat=fixed,force_size=on
    keep "$work/ready.raw" ready-dynamic.vhd vpc subformat=dynamic,force_size=on
    keep "$work/ready.raw" ready-fixed.vhdx vhdx subformat=fixed,block_size=1M
    keep "$work/ready.raw" ready-dynamic.vhdx vhdx subformat=dynamic,block_size=1M

    note "notready, generalized"
    gpt_guest notready "$work/notready.raw" $((61 * mib))
    keep "$work/notready.raw" notready.vhdx vhdx subformat=dynamic
    gpt_guest generalized "$work/generalized.raw" $((61 * mib))
    keep "$work/generalized.raw" generalized.vhdx vhdx subformat=dynamic

    note "mbr, no-os"
    mbr_guest "$work/mbr.raw" $((25 * mib + 7 * sector))
    keep "$work/mbr.raw" mbr-fixed.vhd vpc subformat=fixed,force_size=on
    keep "$work/mbr.raw" mbr-dynamic.vhd vpc subformat=dynamic,force_size=on
    keep "$work/mbr.raw" mbr-dynamic.vhdx vhdx subformat=dynamic
    no_os "$work/no-os.raw" $((36 * mib))
    keep "$work/no-os.raw" no-os.vhd vpc subformat=dynamic,force_size=on

    note "pattern"
    pattern "$work/pattern.raw"
    keep "$work/pattern.raw" pattern.qcow2 qcow2 compat=1.1
    keep "$work/pattern.raw" pattern-v2.qcow2 qcow2 compat=0.10,cluster_size=4k
    keep "$work/pattern.raw" pattern-zlib.qcow2 qcow2 compression_type=zlib -c
    keep "$work/pattern.raw" pattern-zstd.qcow2 qcow2 compression_type=zstd -c
    keep "$work/pattern.raw" pattern-extended.qcow2 qcow2 extended_l2=on
    keep "$work/pattern.raw" pattern.vmdk vmdk subformat=monolithicSparse
    keep "$work/pattern.raw" pattern-stream.vmdk vmdk subformat=streamOptimized
    keep "$work/pattern.raw" pattern.vdi vdi static=off
}

# ---- hives by themselves --------------------------------------------------------------------------------------------

hives() {
    local name
    rm -rf "$here/hives"
    mkdir -p "$here/hives"
    printf 'file\tbytes\tkeys\tvalues\tsha256\n' > "$here/hives/hives.tsv"
    hives_of ready
    for name in SYSTEM SOFTWARE SECURITY BCD; do
        gzip -9nc "$work/hives/ready/$name" > "$here/hives/$name.gz"
        perl "$here/hive.pl" dump "$work/hives/ready/$name" > "$work/$name.tsv"
        gzip -9nc "$work/$name.tsv" > "$here/hives/$name.tsv.gz"
        printf '%s\t%s\t%s\t%s\t%s\n' "$name" "$(stat -c %s "$work/hives/ready/$name")" "$(grep -c $'\t\t\t$' "$work/$name.tsv")" \
            "$(grep -cv $'\t\t\t$' "$work/$name.tsv")" "$(hash_of "$work/hives/ready/$name")" >> "$here/hives/hives.tsv"
    done
}

# ---- README.md's tables ---------------------------------------------------------------------------------------------

# tables: every "<!-- NAME -->" of README.md is followed by the file NAME as a table
tables() {
    dpkg-query -W -f '${Package}\t${Version}\n' qemu-utils ntfs-3g libhivex-bin libwin-hivex-perl gdisk fdisk dosfstools e2fsprogs lvm2 mtools attr wimtools xfsprogs > "$work/programs.tsv"
    sed -i '1i package\tversion' "$work/programs.tsv"
    perl -i -ne '
        BEGIN { ($here, $work) = splice @ARGV, 0, 2 }
        if ($in_table) { next if /^\|/; $in_table = 0 }
        print;
        next unless /^<!-- (\S+) -->$/;
        $in_table = 1;
        my ($source) = grep { -f } "$here/$1", "$work/$1" or die "$1: not there\n";
        open my $file, "<", $source or die "$source: $!\n";
        while (<$file>) {
            chomp;
            my @cells = map { /^[0-9a-f]{64}$/ ? "`$_`" : $_ } split /\t/, $_, -1;
            print "| ", join(" | ", @cells), " |\n";
            print "|", "---|" x @cells, "\n" if $. == 1;
        }
    ' "$here" "$work" "$here/README.md"
}

# shellcheck source=make-volumes.sh
. "$here/make-volumes.sh"
# shellcheck source=make-linux.sh
. "$here/make-linux.sh"
# shellcheck source=make-lvm.sh
. "$here/make-lvm.sh"

# shellcheck source=make-xfs.sh
. "$here/make-xfs.sh"

[ $# -gt 0 ] || set -- disks volumes hives linux logical xfs
for part in "$@"; do "$part"; done
tables
