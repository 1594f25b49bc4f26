# Part of make-disks.sh: a Linux disk with logical volumes, made by lvm2. Needs root and loop devices, no device mapper.
# shellcheck shell=bash

# with_lvm DISK FUNCTION...: runs a function with the disk's partitions 4 and 5 as $work/dev/pv4 and pv5
with_lvm() {
    local disk=$1 number
    shift
    mkdir -p "$work/dev" "$work/lvm/lock"
    for number in 4 5; do
        loops+=("$(losetup -f --show -o $(((44 + (number - 4) * 24) * mib)) --sizelimit $((24 * mib)) "$disk")")
        ln -sf "${loops[-1]}" "$work/dev/pv$number"
    done
    cat > "$work/lvm/lvm.conf" << TEXT
devices { dir="$work/dev" scan=["$work/dev"] filter=["a|^$work/dev/pv|","r|.*|"] use_devicesfile=0 obtain_device_list_from_udev=0 }
global { locking_dir="$work/lvm/lock" use_lvmpolld=0 event_activation=0 }
backup { backup=0 archive=0 }
TEXT
    (export LVM_SYSTEM_DIR=$work/lvm LVM_SUPPRESS_FD_WARNINGS=1 && "$@")
    losetup -d "${loops[@]}"
    loops=()
}

lvm2() { lvm "$1" --driverloaded n "${@:2}" >> "$work/lvm.log" 2>&1; }

# lvm_volumes: root (two linear segments), usr (striped), var-data; and, from a text, volumes of kinds that are not mapped.
# Then the metadata are changed until their text wraps around the end of its ring.
lvm_volumes() {
    local tag
    lvm2 pvcreate --metadatasize 60k --dataalignment 64k --norestorefile --uuid 5a1d0c-3e7b-424f-6d9e-213c-8b6d-5f0e01 "$work/dev/pv4"
    lvm2 pvcreate --metadatasize 60k --dataalignment 64k --norestorefile --uuid 5a1d0c-3e7b-424f-6d9e-213c-8b6d-5f0e02 "$work/dev/pv5"
    lvm2 vgcreate -s 1m system "$work/dev/pv4" "$work/dev/pv5"
    lvm2 lvcreate -an -Zn -Wn -l 6 -n root system "$work/dev/pv4"
    lvm2 lvcreate -an -Zn -Wn -l 8 -i 2 -I 64k -n usr system
    lvm2 lvextend -l +4 system/root "$work/dev/pv5"
    lvm2 lvcreate -an -Zn -Wn -l 4 -n var-data system "$work/dev/pv5"
    lvm2 vgcfgbackup -f "$work/system.vg" system
    perl -e '
        my $id = 0;
        sub lv { my ($name, $visible, $extents, $type, $rest) = @_; my $status = $visible ? q(, "VISIBLE") : "";
            sprintf qq($name {\nid = "5a1d0c-3e7b-424f-6d9e-213c-8b6d-5f0f%02d"\nstatus = ["READ", "WRITE"$status]\nflags = []\nsegment_count = 1\n)
                . qq(segment1 {\nstart_extent = 0\nextent_count = $extents\ntype = "$type"\n$rest\n}\n}\n), ++$id }
        sub linear { my ($name, $visible, $extents, $pv, $first) = @_; lv($name, $visible, $extents, "striped", qq(stripe_count = 1\nstripes = ["pv$pv", $first])) }
        my $more = linear("pool_tdata", 0, 2, 0, 10) . linear("pool_tmeta", 0, 1, 0, 12) . linear("lvol0_pmspare", 0, 1, 1, 12)
            . lv("pool", 1, 2, "thin-pool", qq(metadata = "pool_tmeta"\npool = "pool_tdata"\ntransaction_id = 1\nchunk_size = 128\ndiscards = "passdown"\nzero_new_blocks = 1))
            . lv("thin", 1, 100, "thin", qq(thin_pool = "pool"\ntransaction_id = 0\ndevice_id = 1))
            . linear("mirrored_rmeta_0", 0, 1, 0, 13) . linear("mirrored_rimage_0", 0, 2, 0, 14) . linear("mirrored_rmeta_1", 0, 1, 1, 13) . linear("mirrored_rimage_1", 0, 2, 1, 14)
            . lv("mirrored", 1, 2, "raid1", qq(device_count = 2\nregion_size = 1024\nraids = ["mirrored_rmeta_0", "mirrored_rimage_0", "mirrored_rmeta_1", "mirrored_rimage_1"]))
            . linear("snap", 1, 2, 0, 16) . lv("snapshot0", 0, 10, "snapshot", qq(chunk_size = 8\norigin = "root"\ncow_store = "snap"))
            . lv("nothing", 1, 3, "zero", "");
        local $/;
        my $text = <STDIN>;
        $text =~ s/logical_volumes \{\n/logical_volumes {\n$more/ or die;
        print $text;
    ' < "$work/system.vg" > "$work/more.vg"
    lvm2 vgcfgrestore --force -f "$work/more.vg" system
    for tag in $(seq 100); do
        lvm2 vgchange "--$([ $((tag % 2)) = 1 ] && echo add || echo del)tag" wrap system
        lvm pvck --driverloaded n --dump headers "$work/dev/pv4" 2> "$work/pvck.log" | perl -ne '
            $value{$1} = $2 if /mda_header_1\.(size|raw_locn\[0\]\.\w+) (\d+)/; END { exit !($value{"raw_locn[0].offset"} + $value{"raw_locn[0].size"} > $value{size}) }' && break
    done
    [ "$tag" -lt 100 ]
    lvm lvs --driverloaded n --noheadings --nosuffix --units b --separator '|' -o lv_name,seg_start_pe,seg_size_pe,stripes,stripe_size,devices system 2> "$work/lvs.log" > "$work/segments"
}

# lay_volume IMAGE DISK NAME: lays a volume's content where lvs says that its segments are
lay_volume() {
    perl -e '
        my ($image, $disk, $name, $dev) = @ARGV;
        my $mib = 1 << 20;
        open my $in, "<:raw", $image or die;
        open my $out, "+<:raw", $disk or die;
        while (<STDIN>) {
            my ($lv, $start, $size, $stripes, $stripe, $devices) = map { s/^\s+|\s+$//gr } split /\|/;
            next unless $lv eq $name;
            my @areas = map { m{^\Q$dev\E/pv(\d)\((\d+)\)$} or die; (44 + ($1 - 4) * 24 + $2) * $mib + 65536 } split /,/, $devices;
            my $unit = $stripes > 1 ? $stripe : $size * $mib;
            for (my $done = 0; $done < $size * $mib; $done += $unit) {
                my $row = $done / $unit;
                seek $in, $start * $mib + $done, 0; read $in, my $data, $unit; next unless $data =~ /[^\0]/;
                seek $out, $areas[$row % @areas] + int($row / @areas) * $unit, 0; print $out $data;
            }
        }
        close $out or die;
    ' "$1" "$2" "$3" "$work/dev" < "$work/segments"
}

# lvm_guest FILE BYTES: GPT; BIOS boot 1-2 MiB, ESP 2-36 MiB, /boot (ext4) 36-44 MiB, physical volumes 44-68 and 68-92 MiB
lvm_guest() {
    sparse "$1" "$2"
    sgdisk -a 2048 -U 5A1D0C3E-7B42-4F6D-9E21-3C8B6D5F0E01 \
        -n 1:2048:+1M -t 1:EF02 -n 2:4096:+34M -t 2:EF00 -n 3:73728:+8M -t 3:8300 -n 4:90112:+24M -t 4:8E00 -n 5:139264:+24M -t 5:8E00 \
        -u 1:5A1D0C3E-7B42-4F6D-9E21-3C8B6D5F0E11 -u 2:5A1D0C3E-7B42-4F6D-9E21-3C8B6D5F0E12 -u 3:5A1D0C3E-7B42-4F6D-9E21-3C8B6D5F0E13 \
        -u 4:5A1D0C3E-7B42-4F6D-9E21-3C8B6D5F0E14 -u 5:5A1D0C3E-7B42-4F6D-9E21-3C8B6D5F0E15 "$1" > /dev/null
    programs
    make_fat32 "$work/esp.img" $((34 * mib)) UEFI 4096
    put "$work/esp.img" "$work/efi.pe" EFI/BOOT/BOOTX64.EFI
    put "$work/esp.img" "$work/efi.pe" EFI/debian/grubx64.efi
    lay "$work/esp.img" "$1" $((2 * mib))
    with_lvm "$1" lvm_volumes

    rm -rf "$work"/{root,boot,usr,var}
    mkdir "$work/root"
    (cd "$work/root" && linux_files)
    mv "$work/root/boot" "$work/root/usr" "$work/root/var" "$work/"
    mkdir "$work"/root/{boot,usr,var}
    echo golden-lvm > "$work/root/etc/hostname"
    printf '/dev/mapper/system-root / ext4 errors=remount-ro 0 1\nUUID=%s /boot ext4 defaults 0 2\n/dev/system/usr /usr ext4 ro 0 2\n/dev/mapper/system-var--data /var ext4 defaults 0 2\n' \
        5a1d0c3e-7b42-4f6d-9e21-3c8b6d5f0e03 > "$work/root/etc/fstab"
    make_ext ext4 "$work/boot.img" $((8 * mib)) boot "$work/boot" -O ^has_journal -U 5a1d0c3e-7b42-4f6d-9e21-3c8b6d5f0e03
    make_ext ext4 "$work/root.img" $((10 * mib)) root "$work/root" -O ^has_journal -U 5a1d0c3e-7b42-4f6d-9e21-3c8b6d5f0e04
    make_ext ext4 "$work/usr.img" $((8 * mib)) usr "$work/usr" -O ^has_journal -U 5a1d0c3e-7b42-4f6d-9e21-3c8b6d5f0e05
    make_ext ext4 "$work/var.img" $((4 * mib)) var "$work/var" -O ^has_journal -U 5a1d0c3e-7b42-4f6d-9e21-3c8b6d5f0e06
    lay "$work/boot.img" "$1" $((36 * mib))
    lay_volume "$work/root.img" "$1" root
    lay_volume "$work/usr.img" "$1" usr
    lay_volume "$work/var.img" "$1" var-data
}

# logical: the disk of a Linux guest on logical volumes
logical() {
    note "lvm"
    sed -i '/^lvm\./d' "$here/disks/disks.tsv"
    lvm_guest "$work/lvm.raw" $((93 * mib))
    keep "$work/lvm.raw" lvm.vhd vpc subformat=dynamic,force_size=on
}
