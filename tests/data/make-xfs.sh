# Part of make-disks.sh: XFS volumes, made by xfsprogs; Linux itself writes those of version 5 (root, loop devices).
# shellcheck shell=bash

# with_xfs FILE OPTIONS FUNCTION...: runs a function in the root of a mounted XFS volume
with_xfs() {
    local image=$1 options=$2
    shift 2
    mkdir -p "$work/mount"
    mount -t xfs -o "loop,$options" "$image" "$work/mount"
    mounted=yes
    (cd "$work/mount" && "$@")
    umount "$work/mount"
    mounted=
}

# make_xfs FILE BYTES LABEL OPTION...: with an identifier that is always the same; so small that mkfs.xfs warns
make_xfs() {
    local file=$1 label=$3
    sparse "$file" "$2"
    shift 3
    mkfs.xfs --unsupported -q -L "$label" -m "uuid=5A1D0C3E-7B42-4F6D-9E21-3C8B6D5F0E01,${XFS_METADATA:-crc=1}" "$@" "$file" 2> "$work/mkfs.log"
}

# xfs_holes: leaves free space in pieces of 4096 bytes only, between files that xfs_whole takes away
xfs_holes() {
    local i
    mkdir filler
    xfs_io -x -c 'resblks 0' . > "$work/resblks.log"
    for i in $(seq 1 400); do head -c 4096 /dev/zero > filler/$i; sync filler/$i; done
    dd if=/dev/zero of=filler/rest bs=64K 2> "$work/full.log" || true
    dd if=/dev/zero of=filler/last bs=1K 2> "$work/full.log" || true
    sync
    for i in $(seq 1 2 400); do rm filler/$i; done
    sync
}

xfs_whole() { rm -rf filler; }

# xfs_forms: what XFS stores in other forms when it is larger, or in pieces, in the current folder
xfs_forms() {
    local i count long
    long=$(printf 'long-%.0s' $(seq 30))
    mkdir Forms Fragments
    ln -s "$(printf './%.0s' $(seq 300))original.txt" Links/longer
    for count in 3 30 300; do
        mkdir Forms/$count
        for i in $(seq 1 $count); do : > "Forms/$count/entry $i"; done
    done
    xfs_holes
    mkdir Forms/pieces
    for i in $(seq 1 900); do ln Links/original.txt "Forms/pieces/$long$i"; done
    fill fragmented 300000 > Fragments/fragmented.bin
    sync
    xfs_whole
    # gaps where all entries of a block are gone
    mkdir Forms/gaps
    for i in $(seq 1 300); do ln Links/original.txt "Forms/gaps/$long$i"; done
    for i in $(seq 40 240); do rm "Forms/gaps/$long$i"; done
    # blocks between holes, and blocks that are reserved and were never written
    truncate -s 2000000 Sparse/pieces.bin
    for i in $(seq 0 300); do fill piece$i 1024 | dd of=Sparse/pieces.bin bs=1024 seek=$((i * 3)) conv=notrunc status=none; done
    fill old 400000 > Sparse/unwritten.bin
    sync
    rm Sparse/unwritten.bin
    xfs_io -f -c 'falloc 0 300000' -c 'falloc -k 300000 100000' Sparse/unwritten.bin
    fill middle 5000 | dd of=Sparse/unwritten.bin bs=1024 seek=100 conv=notrunc status=none
    touch -d 2500-01-02T03:04:05Z Sizes/0.bin
    touch -d 1960-01-02T03:04:05Z Sizes/1.bin
}

# xfs_manifest: what Linux reads in the current folder
xfs_manifest() {
    local path size time kind
    find . -mindepth 1 -printf '%P\t%y\t%s\n' | sort > "$work/listing"
    manifest_header
    while IFS=$'\t' read -r path kind size; do
        case $kind in
            d) manifest_line "$path" folder 0 "$(date -u -r "$path" +%Y-%m-%dT%H:%M:%SZ)" '' '' ;;
            l) manifest_line "$path" link 0 '' '' '' ;;
            f) manifest_line "$path" file "$size" "$(date -u -r "$path" +%Y-%m-%dT%H:%M:%SZ)" '' "$(hash_of "$path")" ;;
        esac
    done < "$work/listing"
}

# xfs_tree: what the volumes of version 5 hold, in the current folder
xfs_tree() {
    linux_tree
    xfs_forms
}

# xfs_protofile FOLDER: the lines by which mkfs.xfs copies what a folder holds; no name may have a blank
xfs_protofile() {
    local path
    for path in "$1"/* "$1"/.[!.]*; do
        if [ -L "$path" ]; then
            printf '%s l--777 0 0 %s\n' "${path##*/}" "$(readlink "$path")"
        elif [ -d "$path" ]; then
            printf '%s d--755 0 0\n' "${path##*/}"
            xfs_protofile "$path"
            printf '$\n'
        elif [ -e "$path" ]; then
            printf '%s ---644 0 0 %s\n' "${path##*/}" "$path"
        fi
    done
}

# xfs4_manifest: xfs_manifest of the tree that went in; all times are those of mkfs.xfs, which the tests leave out
xfs4_manifest() { xfs_manifest | awk -F '\t' -v OFS='\t' 'NR > 1 { $4 = "" } { print }'; }

# xfs_unsynced: changes that are in the log only
xfs_unsynced() {
    fill log 3000 > log.txt
    mkdir folder
    xfs_io -x -c 'shutdown -f' .
}

xfs() {
    rm -f "$here"/volumes/xfs*
    sed -i '/^xfs/d' "$here/volumes/volumes.tsv"

    note "xfs"
    make_xfs "$work/xfs.img" $((32 * mib)) 'Größe XFS' -b size=1024 -i nrext64=1 -d agcount=2
    with_xfs "$work/xfs.img" rw xfs_tree
    with_xfs "$work/xfs.img" ro,norecovery xfs_manifest > "$work/xfs.tsv"
    xfs_repair -n "$work/xfs.img" > "$work/repair.log" 2>&1
    keep_volume xfs xfs

    note "xfs4"
    rm -rf "$work/tree"
    mkdir "$work/tree"
    (cd "$work/tree" && linux_tree && find . -depth -name '* *' -execdir bash -c 'mv "$1" "${1// /_}"' _ {} \;)
    (cd "$work/tree" && mkdir Forms && for i in $(seq 1 1500); do echo $i > "Forms/a-name-that-takes-some-room-for-itself-$i"; done)
    { printf 'boot 0 0\nd--755 0 0\n'; xfs_protofile "$work/tree"; printf '$\n'; } > "$work/protofile"
    XFS_METADATA=crc=0 make_xfs "$work/xfs4.img" $((32 * mib)) 'XFS 4' -b size=512 -n ftype=0 -d agcount=2 -p "$work/protofile"
    (cd "$work/tree" && xfs4_manifest) > "$work/xfs4.tsv"
    xfs_repair -n "$work/xfs4.img" > "$work/repair.log" 2>&1
    keep_volume xfs4 xfs4

    note "xfs-log"
    make_xfs "$work/xfs-log.img" $((16 * mib)) 'XFS log' -d agcount=1
    with_xfs "$work/xfs-log.img" rw xfs_unsynced
    gzip -9nc "$work/xfs-log.img" > "$here/volumes/xfs-log.img.gz"
}
