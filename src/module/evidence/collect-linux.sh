#!/bin/sh
# Gathers what AzImageTools asks of a Linux, and prints it: gzip in base64, with its length and hash. Run it as root.
#
#   sh collect-linux.sh > evidence.txt       all at once; then: Test-DeprovisionReadiness -EvidencePath evidence.txt
#   sh collect-linux.sh 1, then 2 ...        a chunk at a time, for Azure's Run Command, which returns 4,096 bytes of an output
#
# Chunk 1 gathers anew. Until the last chunk is printed, the evidence lies in /run/azimagetools-evidence; nothing else is
# written. It needs a POSIX shell, coreutils or BusyBox, gzip and base64. It never gathers a password or its hash, a private
# key, a machine's identifier or a file's contents but for the lines that rules ask for. docs/evidence.md tells the form.
set -u
umask 077
LC_ALL=C
export LC_ALL
PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
# Short lines are not wrapped on the way; so many of them, with CR LF, fit the 4,096 bytes.
line_size=76
chunk_lines=48
largest_text=1048576
most_entries=4096

wanted=${1:-${chunk:-all}}
wanted=${wanted#chunk=}
case $wanted in
all) ;;
'' | *[!0-9]* | 0)
    echo "collect-linux.sh: '$wanted' is no number of a chunk" >&2
    exit 2
    ;;
esac

if [ "$(id -u)" != 0 ]; then
    echo 'collect-linux.sh: run this as root: others may not see all that is asked' >&2
    exit 1
fi

for program in stat base64 gzip sha256sum head tr fold wc date uname mkdir rm; do
    if ! command -v "$program" >/dev/null; then
        echo "collect-linux.sh: there is no $program here, which it needs" >&2
        exit 1
    fi
done

# --- JSON: what is not plain ASCII is an object with its bytes in base64.

quote() { # text -> $quoted
    case $1 in
    *[!\ -~]*)
        quoted="{\"base64\":\"$(printf %s "$1" | base64 | tr -d '\n')\"}"
        return
        ;;
    esac
    rest=$1
    quoted=
    while :; do
        case $rest in
        *[\\\"]*)
            head=${rest%%[\\\"]*}
            rest=${rest#"$head"}
            quoted=$quoted$head\\${rest%"${rest#?}"}
            rest=${rest#?}
            ;;
        *) break ;;
        esac
    done
    quoted=\"$quoted$rest\"
}

# --- What is kept of a line: one function each, from $line to $kept. The others stay empty, so that line numbers stay right.

trim() {
    line=${line#"${line%%[! 	]*}"}
}

keep_all() {
    trim
    case $line in
    '#'*) kept= ;;
    *) kept=$line ;;
    esac
}

keep_name() { # HOSTNAME and NETWORKING of Red Hat Enterprise Linux 6
    trim
    case $line in HOSTNAME=* | NETWORKING=*) kept=$line ;; *) kept= ;; esac
}

keep_dhcp() {
    trim
    case $line in
    DHCLIENT_SET_HOSTNAME=*) kept=$line ;;
    [!#]*host-name* | [!#]*host_name*) kept=host_name ;;
    'static ip'*address=*) kept="${line%%=*}=x" ;;
    *) kept= ;;
    esac
}

keep_yum() {
    trim
    case $line in http_caching=*) kept=$line ;; *) kept= ;; esac
}

keep_sudo() {
    trim
    case $line in Defaults*targetpw*) kept=$line ;; *) kept= ;; esac
}

keep_source() { # that there is a source of packages; not its address, which may hold a password
    trim
    case $line in
    deb[\ \	]*) kept=deb ;;
    Types:*) kept=Types: ;;
    '['*) kept='[]' ;;
    enabled=*) kept=$line ;;
    *) kept= ;;
    esac
}

keep_options() {
    case $line in CONFIG_WATCHDOG=* | CONFIG_CIFS=*) kept=$line ;; *) kept= ;; esac
}

keep_agent() {
    trim
    case $line in Provisioning.* | ResourceDisk.*) kept=$line ;; *) kept= ;; esac
}

keep_version() {
    trim
    case $line in AGENT_VERSION* | __VERSION__*) kept=$line ;; *) kept= ;; esac
}

keep_cloud() { # users, passwords and keys may stand in it: only the data sources, listed behind or below their key, and some switches
    whole=$line
    trim
    case $line in
    datasource_list*)
        kept=$line
        below=yes
        ;;
    ssh_deletekeys*)
        kept=$line
        below=
        ;;
    -*) kept=${below:+$line} ;;
    'config: disabled'*) kept='config: disabled' ;;
    apply_network_config*)
        kept=$line
        below=
        ;;
    network:*)
        below=
        kept=
        case $whole in
        network:*disabled*) kept='network: {config: disabled}' ;;
        network:*[!\ ]*) kept='network: {}' ;;
        network:*) kept=network: ;;
        esac
        ;;
    '' | '#'*) kept= ;;
    *)
        kept=
        below=
        ;;
    esac
}

keep_network() { # what ties an interface to a card or an address; neither is told
    whole=$line
    trim
    kept=
    case $line in
    '#'*cloud-init*) kept='# cloud-init' ;;
    '#'* | ';'*) ;;
    DEVICE=* | ONBOOT=* | BOOTPROTO=*) kept=$line ;;
    HWADDR=?* | MACADDR=?* | IPADDR*=?* | mac-address=* | address*=* | Address=* | MACAddress=* | PermanentMACAddress=*) kept=${line%%=*}=x ;;
    cloned-mac-address=*:*) kept='cloned-mac-address=x:x' ;;
    method=*manual) kept=method=manual ;;
    *nameservers:*) kept="${whole%%[!\ -]*}nameservers:" ;;
    *macaddress:*) kept="${whole%%[!\ -]*}macaddress:" ;;
    addresses:* | '- addresses:'*) kept="${whole%%[!\ -]*}addresses:" ;;
    iface*) kept=$line ;;
    hwaddress*) kept='hwaddress x' ;;
    *{address}==\"\?\*\"*) ;;
    *nvme*'{queue/io_timeout}='*) kept=$line ;;
    *{address}==*NAME*) kept='ATTR{address}=="x", NAME="x"' ;;
    [A-Za-z]*:) kept="${whole%%[!\ -]*}x:" ;; # so that what belongs to what stays clear
    esac
}

keep_blacklist() {
    trim
    case $line in blacklist* | install* | 'options nvme_core '* | 'options nvme-core '*) kept=$line ;; *) kept= ;; esac
}

keep_drivers() {
    trim
    case $line in
    '#'*) kept= ;;
    *hv_* | *nvme*) kept=$line ;;
    *) kept= ;;
    esac
}

keep_built_in() {
    case ${line##*/} in hv_* | hv-* | nvme* | mana.ko*) kept=$line ;; *) kept= ;; esac
}

keep_dependencies() { # where drivers lie (modules.dep), not what they need
    case ${line%%:*} in */hv_*.ko* | */hv-*.ko* | */nvme*.ko* | */mana.ko*) kept=${line%%:*}: ;; *) kept= ;; esac
}

keep_ssh() {
    trim
    case $line in
    [Ii][Nn][Cc][Ll][Uu][Dd][Ee]* | [Mm][Aa][Tt][Cc][Hh]* | [Cc][Ll][Ii][Ee][Nn][Tt][Aa][Ll][Ii][Vv][Ee]*) kept=$line ;;
    *) kept= ;;
    esac
}

keep_range() {
    trim
    case $line in UID_MIN* | UID_MAX*) kept=$line ;; *) kept= ;; esac
}

keep_account() { # name:password:id:group:comment:home:shell
    case $line in
    '#'* | *:*:*:*:*:*:*:*) kept= ;;
    *:*:*:*:*:*:*)
        rest=${line#*:}
        id=${rest#*:}
        id=${id%%:*}
        kept=${line%%:*}:x:$id::
        rest=${rest#*:*:*:}
        kept=$kept:${rest#*:}
        ;;
    *) kept= ;;
    esac
}

keep_password() { # of an account's password: whether there is one, and whether it is locked
    case $line in
    '#'*) kept= ;;
    *:*)
        rest=${line#*:}
        case $rest in
        :*) kept=${line%%:*}: ;;
        '!'*) kept=${line%%:*}:! ;;
        '*'*) kept=${line%%:*}:* ;;
        x:*) kept=${line%%:*}:x ;;
        *) kept=${line%%:*}:set ;;
        esac
        ;;
    *) kept= ;;
    esac
}

keep_mount() { # of the options, which may hold a password, those alone that let programs be run or not
    trim
    kept=
    case $line in
    '' | '#'*) ;;
    *)
        # shellcheck disable=SC2086 # words are wanted
        set -- $line
        kept="$1 ${2-} ${3-}"
        exec_options "${4-}"
        kept=$kept${run:+ $run}
        ;;
    esac
}

keep_unit() { # of a mount unit, the same
    trim
    kept=
    case $line in
    Options*=*)
        exec_options "${line#*=}"
        kept=Options=$run
        ;;
    esac
}

exec_options() { # options -> $run
    rest=$1,
    run=
    while [ "$rest" ]; do
        case ${rest%%,*} in exec | noexec | user | users) run=$run${run:+,}${rest%%,*} ;; esac
        rest=${rest#*,}
    done
}

keep_docker() { # whether a password stands in it
    case $line in *'"auth":'*) kept='"auth":' ;; *) kept= ;; esac
}

keep_identifier() { # whether there is one
    trim
    case $line in
    '' | uninitialized) kept=$line ;;
    ????????????????????????????????) kept=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx ;;
    *) kept=x ;;
    esac
}

# Of the kernel's parameters the ones that rules ask for; of the others their names. Those of GRUB's variables stay.
keep_parameters() {
    trim
    kept=
    case $line in
    '' | '#'*) return ;;
    'set '*=* | *=*)
        name=${line#set }
        name=${name%%=*}
        case $name in
        *[!A-Za-z0-9_]*) ;;
        *)
            value=${line#*=}
            case $value in
            [\"\']*) value=${value#?} value=${value%[\"\']} ;;
            esac
            words "$value"
            kept="${line%%=*}=\"${kept# }\""
            return
            ;;
        esac
        ;;
    esac
    case $line in
    options[\ \	]*)
        words "${line#options}"
        kept="options$kept"
        ;;
    linux[\ \	]* | linux16[\ \	]* | linuxefi[\ \	]*)
        # shellcheck disable=SC2086 # words are wanted
        set -- $line
        command=$1
        kernel=${2-}
        words "${line#"$command"}"
        kept="$command $kernel${kept# *"$kernel"}"
        ;;
    initrd* | search* | [Ll][Aa][Bb][Ee][Ll]* | [Kk][Ee][Rr][Nn][Ee][Ll]* | [Ll][Ii][Nn][Uu][Xx]* | [Ii][Nn][Ii][Tt][Rr][Dd]*) kept=$line ;;
    [Aa][Pp][Pp][Ee][Nn][Dd][\ \	]*)
        words "${line#??????}"
        kept="append$kept"
        ;;
    esac
}

keep_command_line() {
    trim
    case $line in
    '' | '#'*) kept= ;;
    *)
        words "$line"
        kept=${kept# }
        ;;
    esac
}

words() { # text -> $kept: its words, each with a space before it
    kept=
    for word in $1; do
        case $word in
        libata.atapi_enabled=* | reserve=* | numa=*) kept="$kept $word" ;;
        console=* | earlyprintk=* | rootdelay=* | net.ifnames=* | crashkernel=* | nvme_core.io_timeout=* | systemd.unit=*) kept="$kept $word" ;;
        root=* | resume=* | rd.lvm.lv=* | rd.luks.uuid=* | UUID=* | PARTUUID=* | LABEL=* | PARTLABEL=*) kept="$kept $word" ;;
        ip=[0-9]* | ifname=*) kept="$kept ${word%%=*}=0.x" ;;
        cloud-init=* | network-config=* | module_blacklist=* | modprobe.blacklist=* | rd.driver.blacklist=* | rdblacklist=* | initcall_blacklist=*) kept="$kept $word" ;;
        ds=* | ci.ds=* | ci.datasource=*) kept="$kept ${word%%[;\\\\,]*}" ;; # an address behind it may hold a password
        *=*) kept="$kept ${word%%=*}=" ;;
        *) kept="$kept $word" ;;
        esac
    done
}

# --- Files and folders

describe() { # path -> $properties; fails where there is nothing
    properties=
    if [ -d "$1" ]; then
        properties='"folder":true'
    elif [ -f "$1" ]; then
        properties="\"length\":$(stat -L -c %s "$1" 2>/dev/null)" || properties='"unreadable":"its length is not told"'
    elif [ -e "$1" ] || [ -L "$1" ]; then
        properties='"length":0'
    else
        return 1
    fi
    if [ -L "$1" ]; then properties="$properties,\"link\":true"; fi
}

lines() { # path, how lines are kept; what can't be read stays out, and so is not taken for empty
    text=$(head -c "$largest_text" "$1" 2>/dev/null) || return 0
    printf ',"lines":['
    printf '%s\n' "$text" | {
        separator=
        below=
        while IFS= read -r line; do
            kept=
            "keep_$2"
            quote "$kept"
            printf '%s%s' "$separator" "$quoted"
            separator=,
        done
    }
    printf ']'
}

first_bytes() { # path: what tells a program's architecture
    printf ',"bytes":"%s"' "$(head -c 20 "$1" 2>/dev/null | base64 | tr -d '\n')"
}

archive() { # path: the drivers in an initramfs that rules ask for, where the system's own tool can list it
    names=
    if command -v lsinitramfs >/dev/null 2>&1; then
        names=$(timeout 60 lsinitramfs "$1" 2>/dev/null) || return 0
    elif command -v lsinitrd >/dev/null 2>&1; then
        names=$(timeout 60 lsinitrd "$1" 2>/dev/null) || return 0
    else
        return 0
    fi
    case $names in
    *.ko*) ;;
    *) return 0 ;; # an archive in front of the system's was listed alone, such as that of microcode
    esac
    printf ',"archive":['
    printf '%s\n' "$names" | {
        separator=
        while IFS= read -r line; do
            line=${line##* }
            case ${line##*/} in
            hv_*.ko* | hv-*.ko* | nvme*.ko*)
                quote "$line"
                printf '%s%s' "$separator" "$quoted"
                separator=,
                ;;
            esac
        done
    }
    printf ']'
}

content() { # path, how lines are kept; or what else is asked of it
    if [ ! -f "$1" ]; then return; fi
    case $2 in
    '') ;;
    bytes) first_bytes "$1" ;;
    archive) archive "$1" ;;
    *) lines "$1" "$2" ;;
    esac
}

file() { # how lines are kept, paths...
    how=$1
    shift
    for path in "$@"; do
        quote "$path"
        case $quoted in '{'*) continue ;; esac
        printf '%s\n%s:' "$comma" "$quoted"
        comma=,
        if describe "/$path"; then
            printf '{%s' "$properties"
            content "/$path" "$how"
            printf '}'
        else
            printf null
        fi
    done
}

folder() { # how lines are kept, patterns of names, paths...
    how=$1
    patterns=$2
    shift 2
    for path in "$@"; do
        quote "$path"
        case $quoted in '{'*) continue ;; esac
        printf '%s\n%s:' "$comma" "$quoted"
        comma=,
        if ! describe "/$path"; then
            printf null
        elif [ ! -d "/$path" ]; then
            printf '{"unreadable":"/%s is no folder"}' "$path"
        elif ! { [ -r "/$path" ] && [ -x "/$path" ]; }; then
            printf '{"unreadable":"/%s may not be read"}' "$path"
        else
            printf '{%s,"names":"%s","entries":[' "$properties" "$patterns"
            separator=
            for pattern in $patterns; do
                case $pattern in
                '*') entries '*' && entries '.[!.]*' && entries '..?*' ;;
                *) entries "$pattern" ;;
                esac
            done
            printf ']}'
        fi
    done
}

entries() { # pattern
    set +f
    # shellcheck disable=SC2086 # the pattern's names are wanted
    set -- "/$path/"$1
    set -f
    if [ $# -gt "$most_entries" ]; then
        printf '%s{"name":"%s","unreadable":"/%s holds more than %s entries"}' "$separator" "$1" "$path" "$most_entries"
        separator=,
        return
    fi
    for entry in "$@"; do
        if describe "$entry"; then
            quote "${entry##*/}"
            printf '%s{"name":%s,%s' "$separator" "$quoted" "$properties"
            outer=$separator
            content "$entry" "$how"
            separator=$outer
            printf '}'
            separator=,
        fi
    done
}

names_in() { # folder, pattern -> $found: the paths of what is in it, one a line
    found=
    set +f
    # shellcheck disable=SC2086 # the pattern's names are wanted
    set -- "/$1/"$2
    set -f
    for entry in "$@"; do
        if [ -d "$entry" ]; then found="$found${entry#/}
"; fi
    done
}

units='multi-user.target sockets.target default.target graphical.target cloud-init.target'
unit_folders='etc/systemd/system usr/lib/systemd/system lib/systemd/system'
mount_units='-.mount tmp.mount var.mount var-tmp.mount var-lib.mount var-lib-cloud.mount var-lib-waagent.mount'
libraries='usr/lib usr/lib64 usr/local/lib usr/share/oem/python/lib usr/share/oem/python/lib64'
histories='.bash_history .zsh_history .ash_history .sh_history .history'

gather_files() {
    comma=
    file all etc/os-release usr/lib/os-release etc/hostname etc/HOSTNAME
    file name etc/sysconfig/network
    file dhcp etc/sysconfig/network/dhcp etc/dhcpcd.conf etc/dhcp/dhclient.conf
    file yum etc/yum.conf
    file sudo etc/sudoers etc/sudoers.d/waagent
    file source etc/apt/sources.list
    file '' usr/sbin/NetworkManager usr/sbin/hypervkvpd usr/sbin/hv_kvp_daemon usr/bin/hv_kvp_daemon opt/omi/bin/omiserver var/lib/dpkg/status
    file bytes bin/sh usr/bin/sh sbin/init
    file agent etc/waagent.conf usr/share/oem/waagent.conf
    file '' usr/sbin/waagent usr/bin/waagent usr/share/oem/bin/waagent
    file '' usr/bin/cloud-init usr/local/bin/cloud-init bin/cloud-init etc/cloud/cloud-init.disabled
    file cloud etc/cloud/cloud.cfg
    file parameters boot/grub2/grub.cfg boot/grub/grub.cfg boot/grub2/grubenv boot/grub/grubenv boot/mariner.cfg boot/azurelinux.cfg boot/systemd.cfg usr/share/oem/grub.cfg etc/default/grub
    file parameters boot/extlinux/extlinux.conf boot/extlinux.conf extlinux.conf boot/syslinux/syslinux.cfg
    file parameters boot/efi/syslinux.cfg boot/efi/EFI/BOOT/syslinux.cfg boot/efi/EFI/syslinux/syslinux.cfg
    file command_line etc/kernel/cmdline
    file all etc/initramfs-tools/conf.d/resume etc/cloud/ds-identify.cfg
    file drivers etc/dracut.conf etc/initramfs-tools/modules
    file mount etc/fstab
    for parent in $unit_folders; do
        for unit in $mount_units; do file unit "$parent/$unit"; done
    done
    file ssh etc/ssh/sshd_config usr/etc/ssh/sshd_config
    file range etc/login.defs
    file account etc/passwd
    file password etc/shadow
    file identifier etc/machine-id var/lib/dbus/machine-id
    file '' lib usr/sbin/sshd usr/bin/sshd swapfile swap.img swap/swapfile
    file network etc/udev/rules.d/70-persistent-net.rules etc/udev/rules.d/75-persistent-net-generator.rules etc/udev/rules.d/85-persistent-net-cloud-init.rules
    file network etc/network/interfaces
    file '' usr/lib/udev/rules.d/75-persistent-net-generator.rules lib/udev/rules.d/75-persistent-net-generator.rules
    file '' etc/resolv.conf etc/resolvconf/resolv.conf.d/tail etc/resolvconf/resolv.conf.d/original
    file '' var/lib/waagent/provisioned var/lib/waagent/ovf-env.xml var/lib/cloud/instance var/log/waagent.log
    file '' var/opt/azcmagent/agentconfig.json etc/opt/microsoft/mdatp/mdatp_onboard.json opt/CrowdStrike/falconstore usr/sbin/azure-proxy-agent
    file '' opt/splunkforwarder/etc/instance.cfg opt/splunk/etc/instance.cfg var/lib/landscape/client/broker.bpickle
    file '' etc/pki/consumer/cert.pem etc/pki/consumer/key.pem etc/insights-client/machine-id etc/krb5.keytab
    file '' etc/salt/pki/minion/minion.pem etc/salt/minion_id etc/chef/client.pem
    for name in $histories; do file '' "root/$name"; done
    file '' root/.ssh/authorized_keys root/.ssh/authorized_keys2

    names_in boot/efi/EFI '*'
    each_line "$found" boot_loader
    names_in home '*'
    each_line "$found" home_histories
    for modules in lib/modules usr/lib/modules; do
        names_in "$modules" '[0-9]*'
        each_line "$found" built_in
    done
    each_python package_versions
}

gather_folders() {
    comma=
    folder '' '*' boot lib/modules usr/lib/modules boot/efi/EFI boot/efi/EFI/BOOT home var/log/azure var/lib/dhclient var/lib/dhcpcd var/lib/dhcp
    folder blacklist '*.conf' etc/modprobe.d run/modprobe.d usr/local/lib/modprobe.d usr/lib/modprobe.d lib/modprobe.d
    folder drivers '*.conf' etc/dracut.conf.d
    folder parameters '*.conf' boot/loader/entries boot/efi/loader/entries efi/loader/entries
    folder ssh '*.conf' etc/ssh/sshd_config.d
    folder cloud '*.cfg' etc/cloud/cloud.cfg.d
    folder '' 'ssh_host_*' etc/ssh
    folder '' '*.lease' var/lib/NetworkManager
    folder network '*.yaml' etc/netplan
    folder network 'ifcfg-*' etc/sysconfig/network-scripts
    if [ -d /etc/sysconfig/network ]; then folder network 'ifcfg-*' etc/sysconfig/network; fi # Red Hat's is a file
    folder network '*' etc/NetworkManager/system-connections etc/network/interfaces.d
    folder network '*.link *.network *.link.d *.network.d' etc/systemd/network
    for pattern in '*.link.d' '*.network.d'; do
        names_in etc/systemd/network "$pattern"
        each_line "$found" network_drop_ins
    done
    folder network '*' etc/netctl
    folder '' '*.network' usr/lib/systemd/network
    folder network '*.rules' etc/udev/rules.d usr/lib/udev/rules.d lib/udev/rules.d
    folder '' '*' var/lib/cloud/sem
    folder network 'interfaces*' etc/network
    folder '' '*' boot/efi/EFI/Linux boot/EFI/Linux efi/EFI/Linux
    folder '' '*' etc/runlevels/default etc/runlevels/boot etc/runlevels/sysinit
    folder '' '*' etc/puppetlabs/puppet/ssl/private_keys var/lib/puppet/ssl/private_keys var/lib/azure-proxy-agent/keys
    folder '' '*' var/lib/waagent/run-command/download var/lib/waagent/run-command-handler/download var/lib/waagent/custom-script/download
    folder '' 'S*' etc/rc3.d etc/rc.d/rc3.d etc/init.d/rc3.d
    folder '' 'ssh* wa* cloud-init* azure-proxy* NetworkManager* network-manager* dhcpcd* connman*' etc/systemd/system
    for parent in $unit_folders; do
        for unit in $units; do folder '' '*.mount ssh* wa* cloud-init* azure-proxy* NetworkManager* network-manager* dhcpcd* connman*' "$parent/$unit.wants"; done
        folder '' '*.mount' "$parent/local-fs.target.wants" "$parent/local-fs.target.requires"
        for unit in $mount_units; do folder unit '*.conf' "$parent/$unit.d"; done
    done
    for library in $libraries; do folder '' 'python* libssl.so.*' "$library"; done
    folder '' 'libssl.so.*' usr/lib/x86_64-linux-gnu usr/lib/aarch64-linux-gnu lib/x86_64-linux-gnu lib/aarch64-linux-gnu
    folder source '*.list *.sources' etc/apt/sources.list.d
    folder source '*.repo' etc/yum.repos.d etc/zypp/repos.d
    folder sudo '*' etc/sudoers.d
    each_python packages
    home_secrets root
    names_in home '*'
    each_line "$found" home_secrets
}

each_line() { # lines, function: calls it with each
    while [ -n "$1" ]; do
        "$2" "${1%%
*}"
        set -- "${1#*
}" "$2"
    done
}

each_python() { # function: calls it with each folder of Python packages
    call=$1
    for library in $libraries; do
        names_in "$library" 'python*'
        each_line "$found" python
    done
}

python() {
    "$call" "$1/dist-packages"
    "$call" "$1/site-packages"
}

package_versions() {
    file version "$1/azurelinuxagent/common/version.py" "$1/cloudinit/version.py"
}

packages() {
    folder '' 'WALinuxAgent-* walinuxagent-* cloud_init-* cloud-init-*' "$1"
}

boot_loader() {
    file parameters "$1/grub.cfg" "$1/grubenv"
}

network_drop_ins() {
    folder network '*.conf' "$1"
}

home_histories() {
    if [ ! -L "/$1" ]; then
        for name in $histories; do file '' "$1/$name"; done
        file '' "$1/.ssh/authorized_keys" "$1/.ssh/authorized_keys2"
    fi
}

home_secrets() { # where a home keeps what signs in as its user
    if [ -L "/$1" ]; then return; fi
    folder '' '.git-credentials* .netrc* _netrc*' "$1"
    folder '' 'msal_token_cache.* accessTokens.json* service_principal_entries.* TokenCache.dat*' "$1/.azure"
    folder '' 'credentials*' "$1/.aws"
    folder '' 'config*' "$1/.kube"
    folder docker 'config.json*' "$1/.docker"
    folder '' 'id_*' "$1/.ssh"
    folder '' 'credentials.db* access_tokens.db* application_default_credentials.json*' "$1/.config/gcloud"
}

built_in() { # and what the kernel starts with
    version=${1##*/}
    file built_in "$1/modules.builtin"
    file dependencies "$1/modules.dep"
    file options "$1/config"
    file archive "usr/lib/modules/$version/initramfs.img"
    case $modules in
    lib/modules)
        file options "boot/config-$version"
        file archive "boot/initrd.img-$version" "boot/initramfs-$version.img" "boot/initrd-$version" "boot/initramfs-$version"
        ;;
    esac
}

swap_devices() { # proc(5): a heading, then a line each that begins with the device
    if [ ! -r /proc/swaps ]; then return; fi
    printf '"swapDevices":['
    {
        separator=
        read -r line
        while read -r line rest; do
            quote "$line"
            printf '%s%s' "$separator" "$quoted"
            separator=,
        done
    } </proc/swaps
    printf ']'
}

gather() {
    set -f
    quote "$(uname -n)"
    printf '{"system":"linux","machine":%s,"time":"%s",\n"files":{' "$quoted" "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    gather_files
    printf '},\n"folders":{'
    gather_folders
    printf '},\n"facts":{'
    swap_devices
    printf '}}\n'
}

# --- The output

store=
for parent in /run /var/run; do
    if [ -d "$parent" ]; then
        store=$parent/azimagetools-evidence
        break
    fi
done
if [ -z "$store" ]; then
    echo 'collect-linux.sh: there is no /run to keep the evidence in until it is printed' >&2
    exit 1
fi

line_count=0
print_heading() {
    hash=$(sha256sum "$store/gz")
    line_count=$(wc -l <"$store/lines" | tr -d ' ')
    printf 'AzImageTools evidence 1: %s bytes, %s chunks\nsha256 %s\n' "$(wc -c <"$store/gz" | tr -d ' ')" "$(((line_count + chunk_lines - 1) / chunk_lines))" "${hash%% *}"
}

print_chunks() { # number; or all
    number=0
    while read -r line; do
        current=$((number / chunk_lines + 1))
        case $1 in
        all | "$current")
            if [ $((number % chunk_lines)) = 0 ]; then echo "chunk $current:"; fi
            echo "$line"
            ;;
        esac
        number=$((number + 1))
    done <"$store/lines"
    if [ "$1" = all ] || [ $(($1 * chunk_lines)) -ge "$line_count" ]; then rm -rf "$store"; fi
}

case $wanted in
all | 1)
    rm -rf "$store"
    mkdir "$store" || exit 1
    gather | gzip -9 -n -c >"$store/gz" || exit 1
    { base64 <"$store/gz" | tr -d '\n' | fold -w "$line_size"; echo; } >"$store/lines"
    ;;
*)
    if [ ! -f "$store/lines" ]; then
        echo 'collect-linux.sh: there is no evidence to print a chunk of: begin with chunk 1' >&2
        exit 1
    fi
    ;;
esac

print_heading
print_chunks "$wanted"
