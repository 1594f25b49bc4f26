# Part of make-disks.sh: ext volumes, and a whole Linux disk, made by e2fsprogs from folders. Needs no root and no FUSE.
# shellcheck shell=bash

# linux_tree: what every ext volume holds, in the current folder
linux_tree() {
    tree
    mkdir Links Sparse
    fill slash 20 > 'Names/with\x2dbackslash.service'
    fill links 12345 > Links/original.txt
    ln Links/original.txt Links/second.txt
    ln Links/original.txt Deep/level-01/third.txt
    ln -s original.txt Links/relative
    ln -s ../Sizes Links/folder
    ln -s /Links/original.txt Links/absolute
    ln -s nowhere Links/dangling
    ln -s loop Links/loop
    ln -s "$(printf './%.0s' $(seq 100))original.txt" Links/long
    truncate -s 6000000 Sparse/holes.bin
    fill middle 70000 | dd of=Sparse/holes.bin bs=4096 seek=700 conv=notrunc status=none
    fill end 100 | dd of=Sparse/holes.bin bs=1 seek=5999900 conv=notrunc status=none
    times
}

# linux_manifest IMAGE: what debugfs reads back; times are the tree's, which mke2fs copied
linux_manifest() {
    local path size time kind
    rm -rf "$work/dump"
    mkdir "$work/dump"
    debugfs -R "rdump / $work/dump" "$1" > "$work/rdump.log" 2>&1
    rm -rf "$work/dump/lost+found"
    (cd "$work/dump" && find . -mindepth 1 -printf '%P\t%y\t%s\n') | sort > "$work/listing"
    while IFS=$'\t' read -r path kind size; do
        time=$(date -u -r "$work/tree/$path" +%Y-%m-%dT%H:%M:%SZ 2> "$work/dangling" || true)
        case $kind in
            d) manifest_line "$path" folder 0 "$time" '' '' ;;
            l) manifest_line "$path" link 0 '' '' '' ;;
            f) manifest_line "$path" file "$size" "$time" '' "$(hash_of "$work/dump/$path")" ;;
        esac
    done < "$work/listing"
}

# make_ext TYPE FILE BYTES LABEL FOLDER OPTION...: identifiers are fixed, so that it comes out the same each time
make_ext() {
    local type=$1 file=$2 label=$4 folder=$5
    sparse "$file" "$3"
    shift 5
    E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH mke2fs -q -F -t "$type" -L "$label" -U 5A1D0C3E-7B42-4F6D-9E21-3C8B6D5F0C01 \
        -E hash_seed=5A1D0C3E-7B42-4F6D-9E21-3C8B6D5F0C02,root_owner=0:0 -d "$folder" "$@" "$file"
    e2fsck -f -n "$file" > /dev/null 2>&1
}

# linux: ext2, ext3 and ext4 volumes, one whose journal holds changes, and the disk of a Linux guest
linux() {
    local name
    rm -f "$here"/volumes/ext* "$here"/disks/linux*
    sed -i '/^ext/d' "$here/volumes/volumes.tsv"
    sed -i '/^linux/d' "$here/disks/disks.tsv"
    rm -rf "$work/tree"
    mkdir "$work/tree"
    (cd "$work/tree" && linux_tree)

    note "ext2, ext3, ext4"
    make_ext ext2 "$work/ext2.img" $((6 * mib)) 'ext2 volume' "$work/tree" -b 1024 -I 128
    make_ext ext3 "$work/ext3.img" $((12 * mib)) 'ext3 volume' "$work/tree" -b 4096 -J size=4
    make_ext ext4 "$work/ext4.img" $((10 * mib)) 'Größe ext4' "$work/tree" -b 1024 -O inline_data -J size=1
    for name in ext2 ext3; do
        { manifest_header; linux_manifest "$work/$name.img"; } > "$work/$name.tsv"
        keep_volume $name ext
    done
    cmp "$work/ext2.tsv" "$work/ext3.tsv"

    # debugfs 1.47.0 reads files of less than 60 bytes that lie in their inode as 60 bytes; it is the same tree.
    cp "$work/ext2.tsv" "$work/ext4.tsv"
    keep_volume ext4 ext

    note "ext3-journal"
    journalled
    note "linux"
    linux_guest "$work/linux.raw" $((60 * mib))
    keep "$work/linux.raw" linux.vhd vpc subformat=dynamic,force_size=on
}

# journalled: ext3.img's file Links/original.txt written anew, in the journal only
journalled() {
    local block
    cp "$work/ext3.img" "$work/ext3-journal.img"
    fill journal 4096 > "$work/journalled"
    block=$(debugfs -R 'bmap /Links/original.txt 0' "$work/ext3.img" 2> "$work/debugfs.log")
    printf 'jo\njw -b %s %s\njc\n' "$block" "$work/journalled" > "$work/commands"
    debugfs -w -f "$work/commands" "$work/ext3-journal.img" > "$work/debugfs.log" 2>&1
    cp "$work/ext3-journal.img" "$work/recovered.img"
    e2fsck -f -y "$work/recovered.img" > "$work/e2fsck.log" 2>&1 || true
    { manifest_header; linux_manifest "$work/recovered.img"; } > "$work/ext3-journal.tsv"
    keep_volume ext3-journal ext3-journal
}

# make_elf FILE: the header of an empty x64 program (ELF-64 Object File Format)
make_elf() {
    perl -e 'binmode STDOUT; print "\x7fELF", pack("C5 x7 S<2 L< Q<3 L< S<6", 2, 1, 1, 0, 0, 3, 62, 1, 0, 64, 0, 0, 64, 56, 0, 64, 0, 0)' > "$1"
    chmod 755 "$1"
}

# linux_files: what a Debian leaves on its root, as far as anybody looks at it, in the current folder
linux_files() {
    local kernel
    mkdir -p boot/grub etc/ssh etc/default dev home proc root run sys tmp usr/bin usr/lib/systemd usr/sbin var/lib/waagent var/log
    ln -s usr/bin bin
    ln -s usr/lib lib
    ln -s usr/sbin sbin
    make_elf usr/bin/dash
    ln -s dash usr/bin/sh
    ln -s ../lib/systemd/systemd usr/sbin/init
    make_elf usr/lib/systemd/systemd
    cat > usr/lib/os-release <<'TEXT'
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
HOME_URL="https://www.debian.org/"
TEXT
    ln -s ../usr/lib/os-release etc/os-release
    echo golden-linux > etc/hostname
    echo 12.8 > etc/debian_version
    : > etc/machine-id
    printf 'root:x:0:0:root:/root:/bin/sh\n' > etc/passwd
    printf 'root:*:19675:0:99999:7:::\n' > etc/shadow
    printf 'UUID=5a1d0c3e-7b42-4f6d-9e21-3c8b6d5f0c01 / ext4 rw,discard,errors=remount-ro 0 1\n' > etc/fstab
    printf 'Provisioning.Agent=auto\nProvisioning.DeleteRootPassword=y\nProvisioning.RegenerateSshHostKeyPair=y\nResourceDisk.Format=n\nResourceDisk.EnableSwap=n\nOS.RootDeviceScsiTimeout=300\n' > etc/waagent.conf
    printf 'PermitRootLogin no\nClientAliveInterval 180\n' > etc/ssh/sshd_config
    printf 'GRUB_CMDLINE_LINUX="console=tty0 console=ttyS0,115200 earlyprintk=ttyS0,115200"\n' > etc/default/grub
    make_elf usr/sbin/waagent
    for kernel in 6.1.0-9-cloud-amd64 6.1.0-28-cloud-amd64; do
        mkdir -p usr/lib/modules/$kernel
        fill kernel 3000 > boot/vmlinuz-$kernel
        printf 'CONFIG_HYPERV=y\nCONFIG_HYPERV_STORAGE=y\nCONFIG_HYPERV_NET=y\n' > boot/config-$kernel
    done
    printf 'linux /boot/vmlinuz-6.1.0-28-cloud-amd64 root=UUID=5a1d0c3e-7b42-4f6d-9e21-3c8b6d5f0c01 ro console=ttyS0,115200\n' > boot/grub/grub.cfg
    find . -depth -exec touch -h -d @$SOURCE_DATE_EPOCH {} +
}

# linux_guest FILE BYTES: GPT; BIOS boot 1-2 MiB, ESP 2-36 MiB, root (ext4) 36-59 MiB; starts both generations
linux_guest() {
    sparse "$1" "$2"
    sgdisk -a 2048 -U 5A1D0C3E-7B42-4F6D-9E21-3C8B6D5F0D01 \
        -n 14:2048:+1M -t 14:EF02 -u 14:5A1D0C3E-7B42-4F6D-9E21-3C8B6D5F0D02 \
        -n 15:4096:+34M -t 15:EF00 -u 15:5A1D0C3E-7B42-4F6D-9E21-3C8B6D5F0D03 \
        -n 1:73728:+23M -t 1:8304 -u 1:5A1D0C3E-7B42-4F6D-9E21-3C8B6D5F0D04 "$1" > /dev/null
    programs
    make_fat32 "$work/esp.img" $((34 * mib)) UEFI 4096
    put "$work/esp.img" "$work/efi.pe" EFI/BOOT/BOOTX64.EFI
    put "$work/esp.img" "$work/efi.pe" EFI/debian/shimx64.efi
    rm -rf "$work/root"
    mkdir "$work/root"
    (cd "$work/root" && linux_files)
    make_ext ext4 "$work/root.img" $((23 * mib)) cloudimg-rootfs "$work/root" -b 4096 -J size=4
    lay "$work/esp.img" "$1" $((2 * mib))
    lay "$work/root.img" "$1" $((36 * mib))
}
