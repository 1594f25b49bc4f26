# Part of make-disks.sh: plain volumes for the file system readers, each with a manifest of what other programs read from it.

# fill NAME BYTES: text in which every 256 bytes differ, cheap to compress
fill() { perl -e 'my ($name, $bytes) = @ARGV; my $line = 0; my $text = ""; $text .= sprintf "%-7.7s%8x\n", $name, $line++ / 16 while length $text < $bytes; print substr $text, 0, $bytes' "$1" "$2"; }

# tree: what both kinds of file system hold, in the current folder
tree() {
    local path=Deep i name size
    for i in $(seq -w 1 24); do path=$path/level-$i; done
    mkdir -p $path Many Names Sizes "Empty folder"
    fill bottom 1000 > $path/bottom.txt

    for i in $(seq -w 0 259); do fill "many$i" $((10#$i * 7 % 1024)) > "Many/file number $i of a large folder.txt"; done

    for size in 0 1 511 512 513 4095 4096 4097 65535 65536 65537 200000; do fill "$size" $size > Sizes/$size.bin; done

    for name in 'ÄÖÜ äöü ß éèê ñ.txt' 'Ελληνικά και Кириллица.txt' '日本語のファイル名.txt' '한국어 이름.txt' 'emoji 😀 in a name.txt' \
        'e01.two.dots..txt' 'no extension' '.leading dot' 'MiXeD CaSe.TxT' 'UPPER.TXT' 'lower.txt' 'plus+comma,semi;equals=[].txt' "it's.txt"; do
        fill name ${#name} > "Names/$name"
    done
    name=$(printf 'длинное%.0s' $(seq 17))
    fill long 300 > "Names/$name.txt"
    name=$(printf 'abcdefghi-%.0s' $(seq 26))
    fill long 301 > "Names/${name:0:255}"
}

# times: every file and folder gets a time of its own, in whole even seconds, as FAT has them
times() {
    local i=0 path
    find . -depth -mindepth 1 | sort -r > "$work/paths"
    while read -r path; do
        touch -h -d "@$((SOURCE_DATE_EPOCH - i * 3602))" "$path"
        i=$((i + 1))
    done < "$work/paths"
}

# noise COUNT: 8 KiB of noise, over and over: LZNT1, which looks back 4 KiB, finds nothing in it
noise() { perl -e 'srand 7; print pack("C*", map { int rand 256 } 1 .. 8192) x shift' "$1"; }

# code BYTES: calls (E8) and other instructions of x86, in which LZX stores addresses otherwise
code() { perl -e 'srand 3; my $bytes = shift; my $code = ""; my @others = ("\x90", "\x8b\x45", "\xff\x15", "\x48\x89", "\xc3", "\x55\x8b\xec"); while (length $code < $bytes) { $code .= $others[rand @others] for 1 .. rand 6; $code .= pack "C l<", 0xE8, 16 * int(rand 3000) - length $code } print substr $code, 0, $bytes' "$1"; }

# ---- NTFS -----------------------------------------------------------------------------------------------------------

ntfs_tree() {
    local name
    tree
    name=$(printf 'длинное%.0s' $(seq 36))
    fill longer 302 > "Names/${name:0:251}.txt"
    mkdir Compressed Fragments Links Sparse Streams
    fragments

    truncate -s 6000000 Sparse/holes.bin
    fill start 5000 | dd of=Sparse/holes.bin conv=notrunc status=none
    fill middle 70000 | dd of=Sparse/holes.bin bs=4096 seek=700 conv=notrunc status=none
    fill end 100 | dd of=Sparse/holes.bin bs=1 seek=5999900 conv=notrunc status=none
    truncate -s 1000000 Sparse/nothing.bin

    fill links 12345 > Links/original.txt
    ln Links/original.txt Links/second.txt
    ln Links/original.txt Deep/level-01/third.txt
    fill stream 600 > Streams/with-streams.txt
    fill small 20 > Streams/with-streams.txt:small
    fill large 30000 > Streams/with-streams.txt:large
    fill folder 40 > Streams:of-folder

    fill dos 700 > "Names/A long name with a short one.document"
    setfattr -h -n system.ntfs_dos_name -v 'ALONGN~1.DOC' "Names/A long name with a short one.document"
    mkdir "A folder with a short name"
    setfattr -h -n system.ntfs_dos_name -v 'AFOLDE~1' "A folder with a short name"
    fill inside 10 > "A folder with a short name/inside.txt"

    # 0x800: compressed; what is made in such a folder is compressed too
    setfattr -h -n system.ntfs_attrib_be -v 0x00000800 Compressed
    fill text 300001 > Compressed/text.txt
    # a unit (64 KiB) of text, one that LZNT1 can't compress but gzip can, two of zeros, one of noise and text, a short one
    { fill text 65536; noise 8; head -c 131072 /dev/zero; noise 2; fill tail 50000; } > Compressed/mixed.bin
    fill small 300 > Compressed/resident.txt
    times

    mkdir Links/junction
    # [MS-FSCC] 2.1.2.5 Mount Point Reparse Data Buffer: \??\C:\Deep
    setfattr -h -n system.ntfs_reparse_data -v "0x$(perl -e 'my $to = join "", map { pack "S<", ord } split //, q(\??\C:\Deep); my $shown = substr $to, 8; print unpack "H*", pack "L< S<6 a* x2 a* x2", 0xA0000003, 12 + length($to) + length $shown, 0, 0, length $to, 2 + length $to, length $shown, $to, $shown')" Links/junction
    touch -d @$SOURCE_DATE_EPOCH Links
}

# fragments: on a volume that is full but for single clusters, a file has to take those; its runs need an attribute list
fragments() {
    local i
    mkdir Fragments/spacers
    for i in $(seq 800); do : > Fragments/spacers/$i; done
    cat /dev/zero > Fragments/filler 2> "$work/full" || true
    truncate -s $(($(stat -c %s Fragments/filler) - 800 * 4096)) Fragments/filler
    for i in $(seq 800); do fill spacer 4096 > Fragments/spacers/$i; done
    for i in $(seq 1 2 800); do rm Fragments/spacers/$i; done
    fill frag 1400000 > Fragments/fragmented.bin
    rm -r Fragments/filler Fragments/spacers
    fill whole 300000 > Fragments/whole.bin
}

ntfs_attributes() { getfattr -h --absolute-names --only-values -n system.ntfs_attrib_be "$1" | od -An -N 4 -t x1 | tr -d ' '; }

# ntfs_manifest: path, kind, size, time, how it is stored, SHA-256
ntfs_manifest() {
    local path kind size time storage
    find . -mindepth 1 -printf '%P\t%s\t%TY-%Tm-%TdT%TH:%TM:%TSZ\n' | sed 's/\.0*Z$/Z/' | sort > "$work/listing"
    while IFS=$'\t' read -r path size time; do
        if [ "$path" = Links/junction ]; then
            manifest_line "$path" link 0 '' '' ''
            continue
        fi
        storage=
        case $((0x$(ntfs_attributes "$path") & 0xa00)) in 512) storage=sparse ;; 2048) storage=compressed ;; esac
        if [ -d "$path" ]; then
            manifest_line "$path" folder 0 "$time" "$storage" ''
        else
            manifest_line "$path" file "$size" "$time" "$storage" "$(hash_of "$path")"
        fi
    done < "$work/listing"
    for path in Streams/with-streams.txt:small Streams/with-streams.txt:large Streams:of-folder; do
        manifest_line "$path" stream "$(wc -c < "$path")" '' '' "$(hash_of "$path")"
    done
}

manifest_line() { printf '%s\t%s\t%s\t%s\t%s\t%s\n' "${1//\//\\}" "${@:2}"; }

manifest_header() { printf 'path\tkind\tsize\tmodified\tstorage\tsha256\n'; }

# ---- NTFS, compressed by the Windows Overlay Filter -----------------------------------------------------------------

# wof_tree: what the volume's files hold, in the current folder; each is kept compressed as its folder's name says
wof_tree() {
    local format
    for format in xpress4k xpress8k xpress16k lzx; do
        mkdir $format
        fill one 500 > $format/one-chunk.txt
        fill even 98304 > $format/even.txt
        # text; noise, whose chunks are stored as they are; zeros, whose matches are as long as a chunk; code; text
        { fill start 70001; noise 2; head -c 70000 /dev/zero; noise 1; code 20000; fill end 33333; } > $format/mixed.bin
    done
}

# wim_resource WIM FILE: a file's compressed form out of a WIM archive, where wimlib made it: there it is as WOF keeps it
wim_resource() {
    perl -e '
        my ($wim, $sha1) = @ARGV;
        open my $file, "<:raw", $wim or die "$wim: $!\n";
        local $/;
        my $all = <$file>;
        # "Windows Imaging File Format": a resource header is 7 bytes of size, flags, offset, original size
        my ($size, $offset) = unpack "Q< Q<", substr $all, 48, 16;
        my $table = substr $all, $offset, $size & 0xFFFFFFFFFFFFFF;
        for my $entry (unpack "(a50)*", $table) {
            my ($packed, $offset) = unpack "Q< Q<", $entry;
            next unless unpack("H*", substr $entry, 30, 20) eq $sha1;
            die "not compressed\n" unless $packed >> 56 & 4;
            binmode STDOUT;
            print substr $all, $offset, $packed & 0xFFFFFFFFFFFFFF;
            exit;
        }
        die "not there\n";
    ' "$1" "$(sha1sum < "$2" | cut -d ' ' -f 1)"
}

# wof_files: the same files as Windows keeps them: sparse, with a stream that holds the content and a reparse point
wof_files() {
    local format algorithm path
    for format in xpress4k:0 lzx:1 xpress8k:2 xpress16k:3; do
        algorithm=${format#*:}
        format=${format%:*}
        mkdir $format
        for path in "$work/tree/$format"/*; do
            truncate -s "$(stat -c %s "$path")" "$format/${path##*/}"
            wim_resource "$work/$format.wim" "$path" > "$format/${path##*/}:WofCompressedData"
            touch -r "$path" "$format/${path##*/}"
            # WOF_EXTERNAL_INFO (version 1, provider 2: the file itself), FILE_PROVIDER_EXTERNAL_INFO_V1 (version 1)
            setfattr -h -n system.ntfs_reparse_data -v "0x$(perl -e 'print unpack "H*", pack "L< S<2 L<5", 0x80000017, 20, 0, 1, 2, 1, shift, 0' $algorithm)" "$format/${path##*/}"
        done
        touch -r "$work/tree/$format" $format
    done
}

# wof_manifest: what went in; ntfs-3g has no reader for it
wof_manifest() {
    local path size time
    (cd "$work/tree" && find . -mindepth 1 -printf '%P\t%s\t%TY-%Tm-%TdT%TH:%TM:%TSZ\n') | sed 's/\.0*Z$/Z/' | sort > "$work/listing"
    while IFS=$'\t' read -r path size time; do
        if [ -d "$work/tree/$path" ]; then
            manifest_line "$path" folder 0 "$time" '' ''
        else
            manifest_line "$path" file "$size" "$time" "wof-${path%%/*}" "$(hash_of "$work/tree/$path")"
        fi
    done < "$work/listing"
}

# wof: also a part by itself, see make-disks.sh
wof() {
    note "wof"
    rm -rf "$work/tree"
    mkdir "$work/tree"
    (cd "$work/tree" && wof_tree && times)
    wimlib-imagex capture "$work/tree/xpress4k" "$work/xpress4k.wim" --no-acls --compress=xpress --chunk-size=4096 > /dev/null 2>&1
    wimlib-imagex capture "$work/tree/xpress8k" "$work/xpress8k.wim" --no-acls --compress=xpress --chunk-size=8192 > /dev/null 2>&1
    wimlib-imagex capture "$work/tree/xpress16k" "$work/xpress16k.wim" --no-acls --compress=xpress --chunk-size=16384 > /dev/null 2>&1
    wimlib-imagex capture "$work/tree/lzx" "$work/lzx.wim" --no-acls --compress=lzx --chunk-size=32768 > /dev/null 2>&1
    make_ntfs "$work/wof.img" $((4 * mib)) WOF 0
    with_ntfs "$work/wof.img" wof_files
    { manifest_header; wof_manifest; } > "$work/wof.tsv"
    keep_volume wof wof
}

# ---- FAT ------------------------------------------------------------------------------------------------------------

# fat_tree IMAGE: copies the tree with mtools; files are deleted and others written into the gaps
fat_tree() {
    local image=$1 i
    rm -rf "$work/tree"
    mkdir "$work/tree"
    (
        cd "$work/tree"
        tree
        times
    )
    for i in $(seq 40); do fill "gap$i" 3000 > "$work/gap"; mcopy -i "$image" "$work/gap" "::/a deleted file $i.txt"; done
    for i in $(seq 1 2 40); do mdel -i "$image" "::/a deleted file $i.txt"; done
    fill frag 90000 > "$work/tree/fragmented.bin"
    touch -d @$SOURCE_DATE_EPOCH "$work/tree/fragmented.bin"
    mcopy -m -i "$image" "$work/tree/fragmented.bin" ::/
    mdel -i "$image" '::/a deleted file*'
    (cd "$work/tree" && rm fragmented.bin && mcopy -s -m -Q -i "$image" ./* ::/)
    fsck.fat -n "$image" > /dev/null
}

# fat_manifest IMAGE: what mtools reads back
fat_manifest() {
    local path size time
    rm -rf "$work/tree"
    mkdir "$work/tree"
    mcopy -s -m -n -Q -i "$1" '::/*' "$work/tree"
    (cd "$work/tree" && find . -mindepth 1 -printf '%P\t%s\t%TY-%Tm-%TdT%TH:%TM:%TSZ\n') | sed 's/\.0*Z$/Z/' | sort > "$work/listing"
    while IFS=$'\t' read -r path size time; do
        if [ -d "$work/tree/$path" ]; then
            manifest_line "$path" folder 0 "$time" '' ''
        else
            manifest_line "$path" file "$size" "$time" '' "$(hash_of "$work/tree/$path")"
        fi
    done < "$work/listing"
}

# ---------------------------------------------------------------------------------------------------------------------

# keep_volume NAME MANIFEST
keep_volume() {
    gzip -9nc "$work/$1.img" > "$here/volumes/$1.img.gz"
    gzip -9nc "$work/$1.tsv" > "$here/volumes/$2.tsv.gz"
    sed -i "/^$1\.img\t/d" "$here/volumes/volumes.tsv"
    printf '%s\t%s\t%s\t%s\t%s\n' "$1.img" "$(stat -c %s "$work/$1.img")" "$2.tsv" "$(($(wc -l < "$work/$1.tsv") - 1))" "$(hash_of "$work/$1.img")" >> "$here/volumes/volumes.tsv"
}

volumes() {
    local volume
    rm -rf "$here/volumes"
    mkdir -p "$here/volumes"
    printf 'file\tbytes\tmanifest\tentries\tsha256\n' > "$here/volumes/volumes.tsv"

    note "ntfs"
    make_ntfs "$work/ntfs.img" $((20 * mib)) 'Größe 10' 0
    with_ntfs "$work/ntfs.img" ntfs_tree
    { manifest_header; with_ntfs "$work/ntfs.img" ntfs_manifest; } > "$work/ntfs.tsv"
    keep_volume ntfs ntfs

    wof

    note "fat32, fat16"
    make_fat32 "$work/fat32.img" $((34 * mib)) 'FAT VOLUME' 0
    sparse "$work/fat16.img" $((3 * mib))
    mkfs.fat --invariant -F 16 -s 1 -i 2C8E51A8 -n 'FAT VOLUME' "$work/fat16.img" > /dev/null
    for volume in fat32 fat16; do
        fat_tree "$work/$volume.img"
        { manifest_header; fat_manifest "$work/$volume.img"; } > "$work/$volume.tsv"
        keep_volume $volume fat
    done
    cmp "$work/fat32.tsv" "$work/fat16.tsv"
}
