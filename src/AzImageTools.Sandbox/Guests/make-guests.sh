#!/usr/bin/env bash
# Makes guests.bin.gz anew: the disks of the sandbox's guests, in the states that their lives have, out of the disks in tests/data/disks
# (their README tells what those hold). Each state is a disk; pages that are equal are kept once.
# Needs root, FUSE and python3, Debian: qemu-utils ntfs-3g libhivex-bin e2fsprogs. Whoever only uses the result needs none of this.
set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC PATH="$PATH:/usr/sbin:/sbin"

here=$(cd "$(dirname "$0")" && pwd)
data=$(cd "$here/../../../tests/data" && pwd)
work=$(mktemp -d)
mounted=
finish() {
    [ -z "$mounted" ] || umount "$work/mount" || true
    rm -rf "$work"
}
trap finish EXIT

readonly mib=1048576 stamp=@1700000000
mkdir "$work/mount"

# disk NAME FILE FORMAT: a disk of tests/data, raw
disk() {
    gunzip -c "$data/disks/$2.gz" > "$work/source"
    qemu-img convert -f "$3" -O raw "$work/source" "$work/$1.raw"
}

# edit_ntfs DISK FIRST_MIB MIB FUNCTION: runs a function in the root of a disk's NTFS volume
edit_ntfs() {
    local daemon
    dd if="$work/$1.raw" of="$work/volume" bs=$mib skip="$2" count="$3" status=none
    ntfs-3g -o no_detach,streams_interface=windows "$work/volume" "$work/mount" > "$work/log" 2>&1 &
    daemon=$!
    until mountpoint -q "$work/mount"; do sleep 0.1; done
    mounted=yes
    (cd "$work/mount" && "$4")
    umount "$work/mount"
    mounted=
    wait "$daemon"
    dd if="$work/volume" of="$work/$1.raw" bs=$mib seek="$2" conv=notrunc status=none
}

# merge HIVE REG: a text of registry settings into a hive of the mounted volume
merge() {
    cp "Windows/System32/config/$1" "$work/hive"
    perl "$data/hive.pl" parents < "$2" > "$work/complete.reg"
    hivexregedit --merge --prefix "HKEY_LOCAL_MACHINE\\$1" "$work/hive" "$work/complete.reg"
    cat "$work/hive" > "Windows/System32/config/$1"
}

state() {
    printf '[State]\r\nImageState=%s\r\n' "$1" > Windows/Setup/State/State.ini
    printf 'Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Setup\\State]\n"ImageState"="%s"\n' "$1" > "$work/state.reg"
    merge SOFTWARE "$work/state.reg"
}

log() {
    mkdir -p Windows/System32/Sysprep/Panther
    printf '%s\r\n' "$@" > Windows/System32/Sysprep/Panther/setupact.log
    grep -a 'Error' Windows/System32/Sysprep/Panther/setupact.log > Windows/System32/Sysprep/Panther/setuperr.log || true
}

readonly begin='2023-11-14 22:13:20, Info                  SYSPRP ===          Beginning of a new sysprep run          ==='
package=SandboxPublisher.Notes_1.0.0.0_x64__8wekyb3d8bbwe

# Sysprep's own validation ends before anything is changed: the Windows stays what it was.
failed() {
    log "$begin" \
        "2023-11-14 22:13:24, Error                 SYSPRP Package $package was installed for a user, but not provisioned for all users. This package will not function properly in the sysprep image." \
        '2023-11-14 22:13:24, Error                 SYSPRP Failed to remove apps for the current user: 0x80073cf2.' \
        '2023-11-14 22:13:24, Error                 SYSPRP Exit code of RemoveAllApps thread was 0x3cf2.' \
        '2023-11-14 22:13:24, Error                 SYSPRP ActionPlatform::LaunchModule: Failure occurred while executing '"'"'SysprepGeneralizeValidate'"'"' from C:\Windows\System32\AppxSysprep.dll; dwRet = 0x3cf2' \
        '2023-11-14 22:13:24, Error                 SYSPRP SysprepSession::Validate: Error in validating actions from C:\Windows\System32\Sysprep\ActionFiles\Generalize.xml; dwRet = 0x3cf2' \
        '2023-11-14 22:13:24, Error                 SYSPRP RunPlatformActions:Failed while validating Sysprep session actions; dwRet = 0x3cf2'
}

hung() {
    state IMAGE_STATE_UNDEPLOYABLE
    log "$begin" '2023-11-14 22:13:31, Info                  SYSPRP ActionPlatform::LaunchModule: Executing method Sysprep_Generalize_Pnp from C:\Windows\System32\sppnp.dll'
}

generalized() {
    state IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE
    merge SYSTEM "$data/guest/SYSTEM.generalized.reg"
    : > Windows/System32/Sysprep/Sysprep_succeeded.tag
    log "$begin" '2023-11-14 22:14:02, Info       [0x0f0080] SYSPRP ActionPlatform::LaunchModule: Successfully executed Sysprep_Generalize_Pnp'
}

# used DISK NAME: what a Debian of that name has once an agent has provisioned it and somebody has worked on it
used() {
    local path
    mkdir -p "$work/used"
    printf '4f6d9e213c8b6d5f0a017b425a1d0c3e\n' > "$work/used/machine-id"
    printf '%s\n' "$2" > "$work/used/hostname"
    printf 'root:x:0:0:root:/root:/bin/sh\nsandbox:x:1000:1000::/home/sandbox:/bin/sh\n' > "$work/used/passwd"
    printf 'root:*:19675:0:99999:7:::\nsandbox:!:19675:0:99999:7:::\n' > "$work/used/shadow"
    printf 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFNhbmRib3hTYW5kYm94U2FuZGJveFNhbmRib3gx root@sandbox-linux\n' > "$work/used/ssh_host_ed25519_key.pub"
    printf '%s\n' '-----BEGIN OPENSSH PRIVATE KEY-----' 'bm90IGEga2V5' '-----END OPENSSH PRIVATE KEY-----' > "$work/used/ssh_host_ed25519_key"
    printf '5a1d0c3e-7b42-4f6d-9e21-3c8b6d5f0a01\n' > "$work/used/provisioned"
    printf 'sudo apt-get update\n' > "$work/used/.bash_history"
    touch -d $stamp "$work/used/"* "$work/used/.bash_history"
    {
        for path in /etc/machine-id /etc/hostname /etc/passwd /etc/shadow; do printf 'rm %s\n' "$path"; done
        printf 'mkdir /home/sandbox\n'
        printf 'cd /etc\n'
        for path in machine-id hostname passwd shadow; do printf 'write %s %s\n' "$work/used/$path" "$path"; done
        printf 'cd /etc/ssh\n'
        for path in ssh_host_ed25519_key ssh_host_ed25519_key.pub; do printf 'write %s %s\n' "$work/used/$path" "$path"; done
        printf 'cd /var/lib/waagent\nwrite %s provisioned\n' "$work/used/provisioned"
        printf 'cd /home/sandbox\nwrite %s .bash_history\n' "$work/used/.bash_history"
    } > "$work/commands"
    edit_ext "$1"
}

# deprovisioned: what the agent does beside removing: the machine has no name
deprovisioned() {
    printf 'localhost.localdomain\n' > "$work/hostname"
    touch -d $stamp "$work/hostname"
    printf 'rm /etc/hostname\ncd /etc\nwrite %s hostname\n' "$work/hostname" > "$work/commands"
    edit_ext linux-deprovisioned
}

# edit_ext DISK: the commands of debugfs carried out on its root
edit_ext() {
    dd if="$work/$1.raw" of="$work/volume" bs=$mib skip=36 count=23 status=none
    E2FSPROGS_FAKE_TIME=1700000000 debugfs -w -f "$work/commands" "$work/volume" > "$work/log" 2>&1
    e2fsck -f -n "$work/volume" >> "$work/log" 2>&1
    dd if="$work/volume" of="$work/$1.raw" bs=$mib seek=36 conv=notrunc status=none
}

disk windows ready.raw raw
disk windows-generalized generalized.vhdx vhdx
cp "$work/windows.raw" "$work/windows-sysprep-failed.raw"
edit_ntfs windows-sysprep-failed 36 24 failed
cp "$work/windows.raw" "$work/windows-sysprep-hung.raw"
edit_ntfs windows-sysprep-hung 36 24 hung
disk windows-mbr mbr-fixed.vhd vpc
cp "$work/windows-mbr.raw" "$work/windows-mbr-generalized.raw"
edit_ntfs windows-mbr-generalized 1 24 generalized
disk linux-deprovisioned linux.vhd vpc
cp "$work/linux-deprovisioned.raw" "$work/linux.raw"
used linux sandbox-linux
cp "$work/linux-deprovisioned.raw" "$work/linux-golden.raw"
cp "$work/linux-deprovisioned.raw" "$work/linux-golden-used.raw"
used linux-golden-used golden-linux
deprovisioned

python3 - "$work" "$here/guests.bin.gz" <<'PYTHON'
# Little-endian: count of pages of 4 KiB and the pages; count of disks, and of each its name (length in a byte), size, count of pages, and for each
# the page of the disk and which of the pages it is.
import gzip, struct, sys
work, target = sys.argv[1:]
names = ["linux", "linux-deprovisioned", "linux-golden", "linux-golden-used", "windows", "windows-generalized", "windows-mbr", "windows-mbr-generalized", "windows-sysprep-failed", "windows-sysprep-hung"]
pool, disks = {}, b""
for name in names:
    raw = open(f"{work}/{name}.raw", "rb").read()
    pages = [(o // 4096, raw[o:o + 4096].ljust(4096, b"\0")) for o in range(0, len(raw), 4096) if raw[o:o + 4096].strip(b"\0")]
    disks += struct.pack("<B", len(name)) + name.encode() + struct.pack("<qi", len(raw), len(pages))
    disks += b"".join(struct.pack("<ii", number, pool.setdefault(page, len(pool))) for number, page in pages)
body = struct.pack("<i", len(pool)) + b"".join(pool) + struct.pack("<i", len(names)) + disks
open(target, "wb").write(gzip.compress(body, 9, mtime=0))
print(len(pool), "pages")
PYTHON
ls -l "$here/guests.bin.gz"
