<#
Gathers what AzImageTools asks of a Windows, and prints it: gzip in base64, with its length and hash. Run it as an administrator.

  ./collect-windows.ps1 > evidence.txt          all at once; then: Test-SysprepReadiness -EvidencePath evidence.txt
  ./collect-windows.ps1 -Chunk 1, then 2 ...    a chunk at a time, for Azure's Run Command, which returns 4,096 bytes of an output

Chunk 1 gathers anew. Until the last chunk is printed, the evidence lies in AzImageTools.evidence in the folder of Windows;
nothing else is written. It runs in Windows PowerShell 5.1 and PowerShell 7, and needs none of their modules. Of files it
gathers the lines that rules ask for. docs/evidence.md tells the form.
#>
param([ValidateRange(0, 9999)] [int] $Chunk = 0)

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# Short lines are not wrapped on the way; so many of them, with CR LF, fit the 4,096 bytes.
$lineSize = 76
$chunkLines = 48
$largestText = 1MB
$longestData = 4096
$mostItems = 64
$mostLines = 200
$longestLine = 1000

# What is asked of the registry, below HKLM. {default} stands for the boot loader that the boot manager starts by default, {controlSet} for
# each control set.
#   key|KEY                            whether it is there
#   value|KEY|NAME|...                 values; an empty name is the default value
#   values|KEY|PATTERN                 the values whose names are like the pattern
#   valuesWith|KEY|TEXT                the values whose text holds the text
#   has|KEY|NAME|...                   whether values hold anything, without what they hold
#   keys|KEY                           the keys below it
#   hasKeys|KEY                        whether there are keys below it, without their names
#   keysWith|KEY|NAME|DATA|PATTERN...  the keys below it whose value NAME is DATA, or whose names are like a pattern; and that value
#   certificates|KEY                   the certificates below it with a private key, without what they hold
$registryRequests = @'
value|SOFTWARE\Microsoft\Windows NT\CurrentVersion|ProductName|EditionID|CurrentBuildNumber|UBR|InstallationType|CurrentMajorVersionNumber|CurrentMinorVersionNumber|CurrentVersion|InstallDate
value|SYSTEM\CurrentControlSet\Control\Session Manager\Environment|PROCESSOR_ARCHITECTURE|TEMP|TMP
value|SYSTEM\CurrentControlSet\Services\Tcpip\Parameters|Hostname
value|SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName|ComputerName
key|SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending
key|SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\PackagesPending
key|SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired
value|SYSTEM\CurrentControlSet\Control\Session Manager|PendingFileRenameOperations
value|SOFTWARE\Microsoft\Windows\CurrentVersion\ReserveManager|ActiveScenario
value|SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\State|ImageState
value|SYSTEM\Setup\Status\SysprepStatus|GeneralizationState|CleanupState
value|SYSTEM\Setup|SetupType|SystemSetupInProgress|OOBEInProgress|CmdLine|UnattendFile
keys|SYSTEM\Setup
value|SOFTWARE\Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform|SkipRearm
value|SYSTEM\CurrentControlSet\Control\ProductOptions|ProductType
value|SYSTEM\CurrentControlSet\Services\NTDS\Parameters|DSA Database file
values|SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\SysPrepExternal\Generalize|*
has|SOFTWARE\Microsoft\Windows Advanced Threat Protection|senseGuid
value|SOFTWARE\Microsoft\Windows Advanced Threat Protection\Status|OnboardingState
hasKeys|SOFTWARE\Microsoft\SystemCertificates\SMS\Certificates
keysWith|SOFTWARE\Microsoft\Enrollments|ProviderID|MS DM Server
hasKeys|SYSTEM\CurrentControlSet\Control\CloudDomainJoin\JoinInfo
has|SYSTEM\CrowdStrike\{9b03c1d9-3138-44ed-9fae-d9f4c034b88d}\{16e0423f-7058-48c9-a204-725362b67639}\Default|AG
has|SYSTEM\CurrentControlSet\Services\CSAgent\Sim|AG
has|SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate|SusClientId|SusClientIdValidation
certificates|SOFTWARE\Microsoft\SystemCertificates\MY\Certificates
has|SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon|DefaultPassword
values|SOFTWARE\Microsoft\Microsoft SQL Server\Instance Names\SQL|*
keys|SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList
values|SYSTEM\MountedDevices|\DosDevices\*
value|SYSTEM\CurrentControlSet\Control\Terminal Server|fDenyTSConnections
value|SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services|fDenyTSConnections|KeepAliveEnable|KeepAliveInterval|fDisableAutoReconnect
value|SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp|PortNumber|LanAdapter|UserAuthentication|KeepAliveTimeout|fInheritReconnectSame|fReconnectSame|MaxInstanceCount|SSLCertificateSHA1Hash
value|SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\DomainProfile|EnableFirewall
value|SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\StandardProfile|EnableFirewall
value|SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\PublicProfile|EnableFirewall
value|SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules|RemoteDesktop-In-TCP|RemoteDesktop-UserMode-In-TCP|RemoteDesktop-UserMode-In-UDP|RemoteDesktop-Shadow-In-TCP|FPS-ICMP4-ERQ-In|WINRM-HTTP-In-TCP
valuesWith|SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules|168.63.129.16
value|SYSTEM\CurrentControlSet\Control\TimeZoneInformation|RealTimeIsUniversal
value|SYSTEM\CurrentControlSet\Control\Power\User\PowerSchemes|ActivePowerScheme
value|SYSTEM\CurrentControlSet\Services\partmgr\Parameters|SanPolicy
value|SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections|WinHttpSettings
values|SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\PersistentRoutes|*
value|SYSTEM\CurrentControlSet\Control\CrashControl|CrashDumpEnabled|NMICrashDump|DumpFile
value|SOFTWARE\Microsoft\Windows\Windows Error Reporting\LocalDumps|DumpFolder|DumpType
value|SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management|PagingFiles
value|SYSTEM\CurrentControlSet\Services\cdrom|Start
value|SYSTEM\CurrentControlSet\Services\BFE|Start
value|SYSTEM\CurrentControlSet\Services\Dhcp|Start
value|SYSTEM\CurrentControlSet\Services\Dnscache|Start
value|SYSTEM\CurrentControlSet\Services\IKEEXT|Start
value|SYSTEM\CurrentControlSet\Services\iphlpsvc|Start
value|SYSTEM\CurrentControlSet\Services\nsi|Start
value|SYSTEM\CurrentControlSet\Services\mpssvc|Start
value|SYSTEM\CurrentControlSet\Services\RemoteRegistry|Start
value|SYSTEM\CurrentControlSet\Services\Netlogon|Start
value|SYSTEM\CurrentControlSet\Services\Netman|Start
value|SYSTEM\CurrentControlSet\Services\TermService|Start
value|SYSTEM\CurrentControlSet\Services\W32Time|Start
value|SYSTEM\CurrentControlSet\Services\vmbus|Start
value|SYSTEM\CurrentControlSet\Services\storvsc|Start
value|SYSTEM\CurrentControlSet\Services\storflt|Start
value|SYSTEM\CurrentControlSet\Services\intelide|Start
value|SYSTEM\CurrentControlSet\Services\atapi|Start
value|SYSTEM\CurrentControlSet\Services\vmbus\StartOverride|0
value|SYSTEM\CurrentControlSet\Services\storvsc\StartOverride|0
value|SYSTEM\CurrentControlSet\Services\storflt\StartOverride|0
value|SYSTEM\CurrentControlSet\Services\intelide\StartOverride|0
value|SYSTEM\CurrentControlSet\Services\atapi\StartOverride|0
keys|SYSTEM
value|SYSTEM\{controlSet}\Services\stornvme|Start
value|SYSTEM\{controlSet}\Services\stornvme\StartOverride|0
value|SYSTEM\{controlSet}\Services\vpci|Start
value|SYSTEM\{controlSet}\Services\vpci\StartOverride|0
value|SYSTEM\CurrentControlSet\Control\SecureBoot\Servicing|UEFICA2023Status
key|SYSTEM\CurrentControlSet\Services\mana
key|SYSTEM\DriverDatabase\DeviceIds\PCI\VEN_1414&DEV_00BA
key|DRIVERS\DriverDatabase\DeviceIds\PCI\VEN_1414&DEV_00BA
value|SYSTEM\CurrentControlSet\Services\GuestProxyAgent|Start
value|SYSTEM\CurrentControlSet\Services\VMTools|Start
key|SYSTEM\CurrentControlSet\Services\sacsvr
value|SYSTEM\CurrentControlSet\Services\WindowsAzureGuestAgent|Start
value|SYSTEM\CurrentControlSet\Services\RdAgent|Start
keysWith|SYSTEM\CurrentControlSet\Services|Group|PNP_TDI|CertSvc|NTDS|adfssrv|ADAM_*|DHCPServer|DNS|Fax|vmms|IAS|TermServLicensing|W3SVC|WDSServer|WsusService
value|BCD00000000\Objects\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\Elements\11000001|Element
value|BCD00000000\Objects\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\Elements\23000003|Element
value|BCD00000000\Objects\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\Elements\16000020|Element
value|BCD00000000\Objects\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\Elements\26000020|Element
value|BCD00000000\Objects\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\Elements\25000004|Element
value|BCD00000000\Objects\{0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9}\Elements\15000022|Element
value|BCD00000000\Objects\{0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9}\Elements\15000023|Element
value|BCD00000000\Objects\{default}\Elements\11000001|Element
value|BCD00000000\Objects\{default}\Elements\21000001|Element
value|BCD00000000\Objects\{default}\Elements\250000E0|Element
value|BCD00000000\Objects\{default}\Elements\16000009|Element
value|BCD00000000\Objects\{default}\Elements\260000B0|Element
key|SOFTWARE\Microsoft\ServerManager\ServicingStorage\ServerComponentCache
'@

# The roles and features whose states rules ask for, of Server Manager's cache.
$roleCache = 'SOFTWARE\Microsoft\ServerManager\ServicingStorage\ServerComponentCache'
$roles = @'
AD-Certificate|AD-Domain-Services|ADFS-Federation|ADLDS|ADRMS|Application-Server|DHCP|DNS|Fax|FileAndStorage-Services|Hyper-V|NPAS
RemoteAccess|Print-Services|RDS-RD-Server|Remote-Desktop-Services|VolumeActivation|Web-Server|WDS|UpdateServices
BitLocker|Failover-Clustering|DirectAccess-VPN|ISNS|Multipath-IO|NLB|PNRP|SNMP-Service|WINS|Wireless-Networking
'@

# What is asked of files, below the root of the drive that holds Windows.
#   file|PATH           whether it is there
#   folder|PATH|NAMES   what is in it under names like the patterns, with spaces between
#   below|PATH|NAME     what is in the folder of that name in each folder in it
#   home|PATH|NAMES     the like of folder, below each user's profile and that of LocalSystem
#   homeHolds|PATH|TEXT the like of holds there
#   line|PATH|TEXT      its lines that begin so
#   holds|PATH|TEXT     whether the text is in it
#   log|PATH            the errors of Sysprep's last run
$fileRequests = @'
file|Windows\WinSxS\pending.xml
file|Windows\Panther
file|Windows\Panther\unattend.xml
file|Windows\Panther\Unattend\unattend.xml
file|Windows\System32\Sysprep\unattend.xml
file|unattend.xml
file|autounattend.xml
file|Windows\System32\Sysprep\Sysprep_succeeded.tag
line|Windows\Setup\State\State.ini|ImageState
holds|Windows\System32\inetsrv\config\applicationHost.config|[enc:
log|Windows\System32\Sysprep\Panther\setupact.log
log|Windows\System32\Sysprep\Panther\setuperr.log
folder|WindowsAzure|GuestAgent_*
folder|WindowsAzure\ProxyAgent\Keys|*
folder|Users|*
folder|ProgramData\ssh|ssh_host_*
file|Windows\SMSCFG.ini
file|ProgramData\AzureConnectedMachineAgent\Config\agentconfig.json
file|Program Files\SplunkUniversalForwarder\etc\instance.cfg
file|Program Files\Splunk\etc\instance.cfg
below|Packages\Plugins\Microsoft.CPlat.Core.RunCommandWindows|Downloads
below|Packages\Plugins\Microsoft.CPlat.Core.RunCommandHandlerWindows|Downloads
below|Packages\Plugins\Microsoft.Compute.CustomScriptExtension|Downloads
home||.git-credentials* .netrc* _netrc*
home|.azure|msal_token_cache.* accessTokens.json* service_principal_entries.* TokenCache.dat*
home|.aws|credentials*
home|.kube|config*
home|.docker|config.json*
homeHolds|.docker\config.json|"auth":
home|.ssh|id_*
home|AppData\Roaming\gcloud|credentials.db* access_tokens.db* application_default_credentials.json*
home|AppData\Local\.IdentityService|msal.cache*
'@

# The files of Windows\System32 whose versions rules ask for.
$versions = @'
drivers\disk.sys|drivers\storport.sys|drivers\ntfs.sys|iologmsg.dll|drivers\classpnp.sys|drivers\volsnap.sys|drivers\partmgr.sys
drivers\volmgr.sys|drivers\volmgrx.sys|drivers\msiscsi.sys|drivers\msdsm.sys|drivers\mpio.sys|drivers\vmstorfl.sys|fveapi.dll
fveapibase.dll|drivers\netvsc.sys|drivers\mrxsmb10.sys|drivers\mrxsmb20.sys|drivers\mrxsmb.sys|drivers\tcpip.sys|drivers\http.sys
drivers\vmswitch.sys|ntoskrnl.exe|rdpcorets.dll|termsrv.dll|drivers\termdd.sys|win32k.sys|rdpdd.dll|drivers\rdpwd.sys|drivers\srv.sys
'@

function Split-Request([string] $text) {
    $text.Split([char[]] "`r`n", [StringSplitOptions]::RemoveEmptyEntries)
}

# --- JSON

$escape = [Text.RegularExpressions.MatchEvaluator] { param($match) '\u{0:x4}' -f [int][char] $match.Value }

function ConvertTo-Text([string] $text) {
    # A half character is none, and no JSON holds it.
    $whole = [Text.Encoding]::Unicode.GetString([Text.Encoding]::Unicode.GetBytes($text))
    '"' + [regex]::Replace($whole.Replace('\', '\\').Replace('"', '\"'), '[^\x20-\x7e]', $escape) + '"'
}

function ConvertTo-Map([Collections.IDictionary] $map) {
    '{' + [string]::Join(',', @($map.GetEnumerator() | ForEach-Object { (ConvertTo-Text $_.Key) + ':' + $_.Value })) + '}'
}

function ConvertTo-List([object[]] $items) {
    '[' + [string]::Join(',', @($items | ForEach-Object { ConvertTo-Text $_ })) + ']'
}

function ConvertTo-Boolean([bool] $value) {
    if ($value) { 'true' } else { 'false' }
}

# --- Registry

$machine = [Microsoft.Win32.RegistryKey]::OpenBaseKey([Microsoft.Win32.RegistryHive]::LocalMachine, [Microsoft.Win32.RegistryView]::Registry64)

function ConvertTo-Data($data) {
    if ($data -is [int]) { [BitConverter]::ToUInt32([BitConverter]::GetBytes($data), 0).ToString([cultureinfo]::InvariantCulture) }
    elseif ($data -is [long]) { '{"qword":"' + [BitConverter]::ToUInt64([BitConverter]::GetBytes($data), 0).ToString([cultureinfo]::InvariantCulture) + '"}' }
    elseif ($data -is [string]) { ConvertTo-Text $data.Substring(0, [Math]::Min($data.Length, $longestData)) }
    elseif ($data -is [string[]]) {
        $texts = [string[]]::new([Math]::Min($data.Length, $mostItems))
        [Array]::Copy($data, $texts, $texts.Length)
        ConvertTo-List $texts
    }
    else { '{"binary":"' + [Convert]::ToBase64String([byte[]] $data, 0, [Math]::Min($data.Length, $longestData)) + '"}' }
}

function Get-Data($key, [string] $name) {
    , $key.GetValue($name, $null, [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames)
}

# By path: what was gathered of a key; 'null' for one that is not there.
$keys = [ordered] @{}

function Add-Key([string] $path, [scriptblock] $gather) {
    if ($keys.Contains($path) -and $keys[$path] -is [string]) { return }
    try {
        $key = $machine.OpenSubKey($path)
        if ($null -eq $key) {
            $hive = $path.Split('\')[0]
            $isHive = $null -ne $machine.OpenSubKey($hive)
            $keys[$path] = if ($isHive) { 'null' } else { '{"unreadable":' + (ConvertTo-Text "The hive $hive is missing.") + '}' }
            return
        }
        if (-not $keys.Contains($path)) { $keys[$path] = @{ Data = [ordered] @{}; DataNames = $null; Below = $null; BelowNames = $null } }
        $null = . $gather $key $keys[$path]
        $key.Dispose()
    }
    catch {
        $keys[$path] = '{"unreadable":' + (ConvertTo-Text "HKLM\$path can't be read: $($_.Exception.GetBaseException().Message)") + '}'
    }
}

function Add-Value([string] $path, [string[]] $names) {
    Add-Key $path {
        param($key, $record)
        foreach ($name in $names) {
            $data = Get-Data $key $name
            $record.Data[$name] = if ($null -eq $data) { 'null' } else { ConvertTo-Data $data }
        }
    }
}

# A serialized certificate: properties, each with its number, a reserved number and its length before it; 2 tells where a private key
# is. Azure's agent makes certificates of its own on every virtual machine.
function Test-PrivateKey($blob) {
    if ($blob -isnot [byte[]]) { return $false }
    $isFound = $false
    $at = 0L
    while ($at + 12 -le $blob.Length) {
        $isFound = $isFound -or [BitConverter]::ToUInt32($blob, $at) -eq 2
        $at += 12 + [BitConverter]::ToUInt32($blob, $at + 8)
    }
    $isFound -and -not [Text.Encoding]::GetEncoding(28591).GetString($blob).Contains('Windows Azure CRP Certificate Generator')
}

function Add-RegistryRequest([string] $request) {
    $words = $request.Split('|')
    $path = $words[1]
    $rest = @(if ($words.Length -gt 2) { $words[2..($words.Length - 1)] })
    switch ($words[0]) {
        'key' { Add-Key $path { } }
        'value' { Add-Value $path $rest }
        'values' {
            Add-Key $path {
                param($key, $record)
                $record.DataNames = $rest[0]
                foreach ($name in $key.GetValueNames()) {
                    if ($name -like $rest[0]) { $record.Data[$name] = ConvertTo-Data (Get-Data $key $name) }
                }
            }
        }
        'valuesWith' {
            Add-Key $path {
                param($key, $record)
                $record.DataNames = ''
                foreach ($name in $key.GetValueNames()) {
                    $data = Get-Data $key $name
                    if ($data -is [string] -and $data.Contains($rest[0])) { $record.Data[$name] = ConvertTo-Data $data }
                }
            }
        }
        'has' {
            Add-Key $path {
                param($key, $record)
                foreach ($name in $rest) {
                    $data = Get-Data $key $name
                    $record.Data[$name] = if ($null -eq $data) { 'null' } elseif ("$data".Trim() -eq '') { '""' } else { '"not gathered"' }
                }
            }
        }
        'hasKeys' {
            Add-Key $path {
                param($key, $record)
                $record.Below = [string[]] @(if ($key.SubKeyCount -gt 0) { 'not gathered' })
            }
        }
        'certificates' {
            $found = [Collections.Generic.List[string]]::new()
            Add-Key $path {
                param($key, $record)
                foreach ($name in $key.GetSubKeyNames()) {
                    $below = $key.OpenSubKey($name)
                    if (Test-PrivateKey (Get-Data $below 'Blob')) { $found.Add($name) }
                    $below.Dispose()
                }
                $record.Below = $found
            }
            # The property of a private key, and nothing of it.
            foreach ($name in $found) { $keys["$path\$name"] = '{"values":{"Blob":{"binary":"AgAAAAEAAAAAAAAA"}}}' }
        }
        'keys' {
            Add-Key $path {
                param($key, $record)
                $record.Below = $key.GetSubKeyNames()
                $record.BelowNames = '*'
            }
        }
        'keysWith' {
            $found = [Collections.Generic.List[string]]::new()
            Add-Key $path {
                param($key, $record)
                foreach ($name in $key.GetSubKeyNames()) {
                    $isWanted = $false
                    foreach ($pattern in @($rest | Select-Object -Skip 2)) { $isWanted = $isWanted -or $name -like $pattern }
                    if (-not $isWanted) {
                        $below = try { $key.OpenSubKey($name) } catch { $null }
                        if ($null -ne $below) {
                            $isWanted = (Get-Data $below $rest[0]) -eq $rest[1]
                            $below.Dispose()
                        }
                    }
                    if ($isWanted) { $found.Add($name) }
                }
                $record.Below = $found
            }
            foreach ($name in $found) { Add-Value "$path\$name" $rest[0] }
        }
    }
}

function ConvertTo-Key($record) {
    if ($record -is [string]) { return $record }
    $map = [ordered] @{}
    if ($record.Data.Count -gt 0 -or $null -ne $record.DataNames) { $map['values'] = ConvertTo-Map $record.Data }
    if ($null -ne $record.DataNames) { $map['names'] = ConvertTo-Text $record.DataNames }
    if ($null -ne $record.Below) { $map['keys'] = ConvertTo-List $record.Below }
    if ($null -ne $record.BelowNames) { $map['keyNames'] = ConvertTo-Text $record.BelowNames }
    ConvertTo-Map $map
}

# --- Files

$windows = [Environment]::GetFolderPath([Environment+SpecialFolder]::Windows)
$root = [IO.Path]::GetPathRoot($windows)

function Get-Place([string] $path) {
    if ($path -eq 'Windows' -or $path -like 'Windows\*') { $windows + $path.Substring('Windows'.Length) } else { $root + $path }
}

function Open-File([string] $place) {
    [IO.File]::Open($place, [IO.FileMode]::Open, [IO.FileAccess]::Read, [IO.FileShare] 'ReadWrite, Delete')
}

# The last bytes of a text file, decoded by its byte order mark or its zeros.
function Read-Text([string] $place) {
    $file = Open-File $place
    try {
        $start = [Math]::Max(0, $file.Length - $largestText)
        $null = $file.Seek($start - $start % 2, [IO.SeekOrigin]::Begin)
        $bytes = [byte[]]::new([int] ($file.Length - $file.Position))
        $length = 0
        while ($length -lt $bytes.Length -and ($count = $file.Read($bytes, $length, $bytes.Length - $length)) -gt 0) { $length += $count }
    }
    finally { $file.Dispose() }
    $isWide = $length -gt 3 -and (($bytes[0] -eq 0xff -and $bytes[1] -eq 0xfe) -or ($bytes[1] -eq 0 -and $bytes[3] -eq 0))
    $encoding = if ($isWide) { [Text.Encoding]::Unicode } else { [Text.Encoding]::UTF8 }
    $encoding.GetString($bytes, 0, $length).TrimStart([char] 0xfeff)
}

function Get-ErrorLine([string] $text) {
    $all = $text.Split([char[]] "`r`n", [StringSplitOptions]::RemoveEmptyEntries)
    $start = -1
    for ($index = $all.Length - 1; $index -ge 0 -and $start -lt 0; $index--) {
        if ($all[$index].Contains('Beginning of a new sysprep run')) { $start = $index }
    }
    $kept = [Collections.Generic.List[string]]::new()
    if ($start -ge 0) { $kept.Add($all[$start]) }
    for ($index = $start + 1; $index -lt $all.Length; $index++) {
        $level = $all[$index].Substring($all[$index].IndexOf(',') + 1).TrimStart()
        if ($level.StartsWith('Error', [StringComparison]::Ordinal) -or $level.StartsWith('Fatal Error', [StringComparison]::Ordinal)) { $kept.Add($all[$index]) }
    }
    if ($kept.Count -gt $mostLines) { $kept.RemoveRange(1, $kept.Count - $mostLines) }
    foreach ($line in $kept) { $line.Substring(0, [Math]::Min($line.Length, $longestLine)) }
}

# A program's version, from the fixed part of its version resource: what .NET tells may be that of a translation (MUI).
function Read-Version([string] $place) {
    $file = Open-File $place
    try {
        $reader = [IO.BinaryReader]::new($file)
        $file.Position = 60
        $file.Position = $reader.ReadUInt32() + 6
        $sections = $reader.ReadUInt16()
        $file.Position += 12
        $table = $file.Position + 4 + $reader.ReadUInt16()
        for ($index = 0; $index -lt $sections; $index++) {
            $file.Position = $table + 40 * $index
            $name = [Text.Encoding]::ASCII.GetString($reader.ReadBytes(8))
            $file.Position += 8
            $size = $reader.ReadUInt32()
            $offset = $reader.ReadUInt32()
            if ($name.StartsWith('.rsrc')) {
                $file.Position = $offset
                $latin = [Text.Encoding]::GetEncoding(28591)
                $bytes = $reader.ReadBytes([int] [Math]::Min($size, 16MB))
                $key = $latin.GetString($bytes).IndexOf($latin.GetString([Text.Encoding]::Unicode.GetBytes('VS_VERSION_INFO')), [StringComparison]::Ordinal)
                $found = if ($key -lt 0) { -1 } else { $latin.GetString($bytes, $key, [Math]::Min(64, $bytes.Length - $key)).IndexOf($latin.GetString([byte[]] (0xbd, 0x04, 0xef, 0xfe)), [StringComparison]::Ordinal) }
                if ($found -lt 0) { return }
                $at = $key + $found + 8
                return [string]::Join('.', @(foreach ($part in 2, 0, 6, 4) { [BitConverter]::ToUInt16($bytes, $at + $part) }))
            }
        }
    }
    catch { return }
    finally { $file.Dispose() }
}

# What a file or folder is, as properties; nothing where there is none.
function Get-Property([string] $place, [string] $path) {
    $map = [ordered] @{}
    try { $attributes = [IO.File]::GetAttributes($place) }
    catch {
        $cause = $_.Exception.GetBaseException()
        if ($cause -is [IO.FileNotFoundException] -or $cause -is [IO.DirectoryNotFoundException]) { return }
        $map['unreadable'] = ConvertTo-Text "$path can't be read: $($cause.Message)"
        return $map
    }
    if ($attributes -band [IO.FileAttributes]::Directory) { $map['folder'] = 'true' }
    else { $map['length'] = ([IO.FileInfo] $place).Length.ToString([cultureinfo]::InvariantCulture) }
    if ($attributes -band [IO.FileAttributes]::ReparsePoint) { $map['link'] = 'true' }
    $map['time'] = ConvertTo-Text ([IO.File]::GetLastWriteTimeUtc($place).ToString('o', [cultureinfo]::InvariantCulture))
    $map
}

$files = [ordered] @{}
$folders = [ordered] @{}

function Add-File([string] $path, [scriptblock] $read = { }) {
    $place = Get-Place $path
    $map = Get-Property $place $path
    if ($null -eq $map) {
        $files[$path] = 'null'
        return
    }
    if ($map.Contains('length')) {
        # What can't be read stays out, and so is not taken for empty.
        try { . $read $place $map } catch { $null = $_ }
    }
    $files[$path] = ConvertTo-Map $map
}

function Add-Folder([string] $path, [string] $pattern) {
    $place = Get-Place $path
    if (-not [IO.Directory]::Exists($place)) {
        if ($null -eq (Get-Property $place $path)) { $folders[$path] = 'null' }
        return
    }
    try {
        $entries = foreach ($entry in $pattern.Split(' ') | ForEach-Object { [IO.Directory]::GetFileSystemEntries($place, $_) }) {
            $map = Get-Property $entry $entry
            if ($null -ne $map) {
                $map['name'] = ConvertTo-Text ([IO.Path]::GetFileName($entry))
                ConvertTo-Map $map
            }
        }
        $folders[$path] = '{"folder":true,"names":' + (ConvertTo-Text $pattern) + ',"entries":[' + [string]::Join(',', @($entries)) + ']}'
    }
    catch { $folders[$path] = '{"unreadable":' + (ConvertTo-Text "$path can't be read: $($_.Exception.GetBaseException().Message)") + '}' }
}

function Add-Held([string] $path, [string] $text) {
    Add-File $path {
        param($place, $map)
        $isThere = (Read-Text $place).IndexOf($text, [StringComparison]::OrdinalIgnoreCase) -ge 0
        $map['lines'] = ConvertTo-List @($(if ($isThere) { $text }))
    }
}

# The names of the folders in a folder, links left out.
function Get-FolderName([string] $path) {
    $place = Get-Place $path
    if (-not [IO.Directory]::Exists($place)) { return }
    try {
        ([IO.DirectoryInfo] $place).GetDirectories() | Where-Object { -not ($_.Attributes -band [IO.FileAttributes]::ReparsePoint) } | ForEach-Object { $_.Name }
    }
    catch { $null = $_ }
}

$homes = @(Get-FolderName 'Users' | ForEach-Object { "Users\$_" }) + 'Windows\System32\config\systemprofile'

function Add-FileRequest([string] $request) {
    $words = $request.Split('|')
    switch ($words[0]) {
        'file' { Add-File $words[1] }
        'folder' { Add-Folder $words[1] $words[2] }
        'line' {
            Add-File $words[1] {
                param($place, $map)
                $map['lines'] = ConvertTo-List @((Read-Text $place).Split([char[]] "`r`n") | ForEach-Object { $_.Trim() } | Where-Object { $_ -like ($words[2] + '*') })
            }
        }
        'holds' { Add-Held $words[1] $words[2] }
        'below' {
            Add-Folder $words[1] '*'
            foreach ($name in Get-FolderName $words[1]) { Add-Folder "$($words[1])\$name\$($words[2])" '*' }
        }
        'home' { foreach ($below in $homes) { Add-Folder "$below\$($words[1])".TrimEnd('\') $words[2] } }
        'homeHolds' { foreach ($below in $homes) { Add-Held "$below\$($words[1])" $words[2] } }
        'log' {
            Add-File $words[1] {
                param($place, $map)
                $map['lines'] = ConvertTo-List @(Get-ErrorLine (Read-Text $place))
            }
        }
    }
}

# The file of each of Sysprep's providers, which are named as 'C:\Windows\System32\sppnp.dll,Sysprep_Generalize_Pnp'.
function Add-Provider {
    $key = $machine.OpenSubKey('SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\SysPrepExternal\Generalize')
    if ($null -eq $key) { return }
    foreach ($name in $key.GetValueNames()) {
        $provider = Get-Data $key $name
        if ($provider -isnot [string]) { continue }
        $path = $provider.Split(',')[0].Trim()
        foreach ($start in '%SystemRoot%\', '%windir%\', '\SystemRoot\') {
            if ($path.StartsWith($start, [StringComparison]::OrdinalIgnoreCase)) { $path = 'Windows\' + $path.Substring($start.Length) }
        }
        if ($path.IndexOf(':') -eq 1) { $path = $path.Substring(2).TrimStart('\') }
        elseif ($path.Length -gt 0 -and $path.IndexOf('\') -lt 0) { $path = 'Windows\System32\' + $path }
        if ($path.Length -gt 0 -and $path.IndexOfAny([IO.Path]::GetInvalidPathChars()) -lt 0) { Add-File $path }
    }
}

# --- What only a running machine tells. Each question has a time in which to be answered; one that is not stays open.

function Invoke-Bounded([int] $seconds, [string] $script) {
    $shell = [powershell]::Create()
    $asked = $shell.AddScript($script).BeginInvoke()
    if (-not $asked.AsyncWaitHandle.WaitOne($seconds * 1000)) {
        $null = $shell.BeginStop($null, $null)
        return
    }
    try { $shell.EndInvoke($asked) } catch { $null = $_ }
}

function Get-Management([string] $space, [string] $query, [string] $property) {
    Invoke-Bounded 30 @"
`$locator = [Activator]::CreateInstance([Type]::GetTypeFromProgID('WbemScripting.SWbemLocator'))
foreach (`$item in `$locator.ConnectServer('.', '$space').ExecQuery("$query")) { `$item.Properties_.Item('$property').Value }
"@ | Where-Object { $null -ne $_ } | ForEach-Object { $_ }
}

# Every bundle and package has its publisher's hash at the end of its name; versions of a bundle and of what is in it differ.
$appPackages = @'
$provisioned = @(Get-AppxProvisionedPackage -Online -ErrorAction Stop | ForEach-Object { $_.PackageName.Split('_')[0] + '_' + $_.PackageName.Split('_')[-1] })
$users = @(Get-AppxPackage -AllUsers -ErrorAction Stop | Where-Object {
    -not $_.IsFramework -and -not $_.IsResourcePackage -and "$($_.SignatureKind)" -ne 'System' -and
    @($_.PackageUserInformation | Where-Object { "$($_.InstallState)" -like 'Installed*' }).Count -gt 0 })
'asked'
$users | Where-Object { $provisioned -notcontains $_.PackageFamilyName } | ForEach-Object { $_.PackageFullName }
'@

$encryption = @'
$locator = [Activator]::CreateInstance([Type]::GetTypeFromProgID('WbemScripting.SWbemLocator'))
$service = $locator.ConnectServer('.', 'root\cimv2\Security\MicrosoftVolumeEncryption')
foreach ($volume in $service.ExecQuery('SELECT * FROM Win32_EncryptableVolume')) {
    "$($volume.Properties_.Item('DriveLetter').Value)$($volume.ExecMethod_('GetConversionStatus').Properties_.Item('ConversionStatus').Value)"
}
'@

# Files that are encrypted with EFS, outside the folders of Windows and of programs; breadth first, as far as a minute goes.
function Search-EncryptedFile {
    $skipped = 'Windows', 'Program Files', 'Program Files (x86)', '$Recycle.Bin', 'System Volume Information'
    $queue = [Collections.Generic.Queue[string]]::new()
    $queue.Enqueue($root)
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $found = [Collections.Generic.List[string]]::new()
    $seen = 0
    $isComplete = $true
    $seenFolders = 0
    while ($queue.Count -gt 0 -and $found.Count -lt 10) {
        if ($seen -ge 200000 -or $seenFolders -ge 2000 -or $clock.Elapsed.TotalSeconds -gt 60) {
            $isComplete = $false
            break
        }
        $folder = $queue.Dequeue()
        $seenFolders++
        try {
            foreach ($entry in ([IO.DirectoryInfo] $folder).EnumerateFileSystemInfos()) {
                $seen++
                $isFolder = $entry -is [IO.DirectoryInfo]
                if (($entry.Attributes -band [IO.FileAttributes]::Encrypted) -and $found.Count -lt 10) {
                    $found.Add((ConvertTo-Map ([ordered] @{ path = ConvertTo-Text $entry.FullName.Substring($root.Length); folder = ConvertTo-Boolean $isFolder })))
                }
                if ($isFolder -and -not ($entry.Attributes -band [IO.FileAttributes]::ReparsePoint) -and -not ($folder -eq $root -and $skipped -contains $entry.Name)) {
                    $queue.Enqueue($entry.FullName)
                }
            }
        }
        catch { $isComplete = $false }
    }
    ConvertTo-Map ([ordered] @{ seen = "$seen"; complete = ConvertTo-Boolean $isComplete; found = '[' + [string]::Join(',', $found) + ']' })
}

function Get-Fact {
    $facts = [ordered] @{}
    $rearms = @(Get-Management 'root\cimv2' 'SELECT RemainingWindowsReArmCount FROM SoftwareLicensingService' 'RemainingWindowsReArmCount')
    if ($rearms.Count -gt 0) { $facts['rearmCount'] = ([long] $rearms[0]).ToString([cultureinfo]::InvariantCulture) }
    $members = @(Get-Management 'root\cimv2' 'SELECT PartOfDomain FROM Win32_ComputerSystem' 'PartOfDomain')
    if ($members.Count -gt 0) { $facts['domainJoined'] = ConvertTo-Boolean $members[0] }
    $disabled = @(Get-Management 'root\cimv2' "SELECT Disabled FROM Win32_UserAccount WHERE LocalAccount = TRUE AND SID LIKE 'S-1-5-21-%-500'" 'Disabled')
    if ($disabled.Count -eq 1) { $facts['administratorEnabled'] = ConvertTo-Boolean (-not $disabled[0]) }
    if ($null -eq $machine.OpenSubKey('SYSTEM\CurrentControlSet\Services\AppXSvc')) { $facts['userOnlyAppPackages'] = '[]' }
    else {
        $packages = @(Invoke-Bounded 120 $appPackages)
        if ($packages.Count -gt 0 -and $packages[0] -eq 'asked') { $facts['userOnlyAppPackages'] = ConvertTo-List @($packages | Where-Object { $_ -ne 'asked' }) }
    }
    $facts['encryptedFiles'] = Search-EncryptedFile
    ConvertTo-Map $facts
}

function Get-Volume {
    $conversions = @(Invoke-Bounded 30 $encryption)
    $volumes = foreach ($drive in [IO.DriveInfo]::GetDrives()) {
        if ($drive.DriveType -ne [IO.DriveType]::Fixed) { continue }
        $name = $drive.Name.TrimEnd('\')
        $format = try { $drive.DriveFormat } catch { '' }
        $map = [ordered] @{ name = ConvertTo-Text $name; fileSystem = ConvertTo-Text $format; system = ConvertTo-Boolean ($drive.Name -eq $root) }
        $dirty = @(Get-Management 'root\cimv2' "SELECT DirtyBitSet FROM Win32_Volume WHERE DriveLetter = '$name'" 'DirtyBitSet')
        if ($dirty.Count -gt 0) { $map['dirty'] = ConvertTo-Boolean $dirty[0] }
        foreach ($conversion in $conversions) {
            # 0 is fully decrypted (Win32_EncryptableVolume.GetConversionStatus).
            if ("$conversion" -match ('^' + [regex]::Escape($name) + '([0-9]+)$')) { $map['bitLocker'] = ConvertTo-Boolean ($Matches[1] -ne '0') }
        }
        ConvertTo-Map $map
    }
    '[' + [string]::Join(',', @($volumes)) + ']'
}

# --- The output

function Get-Evidence {
    $boot = 'BCD00000000\Objects\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\Elements\23000003'
    $loader = try { $machine.OpenSubKey($boot).GetValue('Element') } catch { $null }
    $sets = @($machine.OpenSubKey('SYSTEM').GetSubKeyNames() | Where-Object { $_ -match '^ControlSet[0-9]+$' }) + 'CurrentControlSet'
    foreach ($request in Split-Request $registryRequests) {
        if ($request.Contains('{controlSet}')) { foreach ($set in $sets) { Add-RegistryRequest $request.Replace('{controlSet}', $set) } }
        elseif (-not $request.Contains('{default}')) { Add-RegistryRequest $request }
        elseif ($loader -is [string]) { Add-RegistryRequest $request.Replace('{default}', $loader) }
    }
    foreach ($line in Split-Request $roles) {
        foreach ($role in $line.Split('|')) { Add-Value "$roleCache\$role" 'InstallState' }
    }
    foreach ($request in Split-Request $fileRequests) { Add-FileRequest $request }
    foreach ($line in Split-Request $versions) {
        foreach ($name in $line.Split('|')) {
            Add-File "Windows\System32\$name" {
                param($place, $map)
                $version = Read-Version $place
                $map['version'] = if ($null -eq $version) { 'null' } else { ConvertTo-Text $version }
            }
        }
    }
    Add-Provider

    $registry = [ordered] @{}
    foreach ($path in $keys.Keys) { $registry[$path] = ConvertTo-Key $keys[$path] }
    ConvertTo-Map ([ordered] @{
            system   = '"windows"'
            machine  = ConvertTo-Text ([Environment]::MachineName)
            time     = ConvertTo-Text ([DateTime]::UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", [cultureinfo]::InvariantCulture))
            registry = ConvertTo-Map $registry
            files    = ConvertTo-Map $files
            folders  = ConvertTo-Map $folders
            volumes  = Get-Volume
            facts    = Get-Fact
        })
}

# The heading's two lines, then the lines of base64.
function Get-Output {
    $json = [Text.Encoding]::UTF8.GetBytes((Get-Evidence))
    $packed = [IO.MemoryStream]::new()
    $gzip = [IO.Compression.GZipStream]::new($packed, [IO.Compression.CompressionMode]::Compress, $true)
    $gzip.Write($json, 0, $json.Length)
    $gzip.Dispose()
    $bytes = $packed.ToArray()
    $sha = [Security.Cryptography.SHA256]::Create()
    $data = [Convert]::ToBase64String($bytes)
    "AzImageTools evidence 1: $($bytes.Length) bytes, $([Math]::Ceiling($data.Length / ($lineSize * $chunkLines))) chunks"
    'sha256 ' + [BitConverter]::ToString($sha.ComputeHash($bytes)).Replace('-', '').ToLowerInvariant()
    for ($start = 0; $start -lt $data.Length; $start += $lineSize) { $data.Substring($start, [Math]::Min($lineSize, $data.Length - $start)) }
}

function Show-Chunk([string[]] $output, [int] $number) {
    "chunk ${number}:"
    $first = 2 + ($number - 1) * $chunkLines
    $output[$first..([Math]::Min($first + $chunkLines, $output.Length) - 1)]
}

if ([Environment]::Is64BitOperatingSystem -and -not [Environment]::Is64BitProcess) {
    throw 'Run this in the 64-bit PowerShell: the 32-bit one sees other files and keys.'
}

$store = "$windows\AzImageTools.evidence"
if ($Chunk -eq 0) { $output = [string[]] @(Get-Output) }
elseif ($Chunk -eq 1) {
    $output = [string[]] @(Get-Output)
    [IO.File]::WriteAllLines($store, $output)
}
elseif ([IO.File]::Exists($store)) { $output = [IO.File]::ReadAllLines($store) }
else { throw 'There is no evidence to print a chunk of: begin with -Chunk 1.' }

$count = [int] [Math]::Ceiling(($output.Length - 2) / $chunkLines)
$output[0..1]
for ($number = 1; $number -le $count; $number++) {
    if ($Chunk -eq 0 -or $Chunk -eq $number) { Show-Chunk $output $number }
}
if ($Chunk -ge $count) { [IO.File]::Delete($store) }
