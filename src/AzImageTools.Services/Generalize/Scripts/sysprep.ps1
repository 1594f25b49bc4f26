# AzImageTools guest script: sysprep 1
<#
Generalizes this Windows with Sysprep, and shuts it down. Azure's Run Command starts it as LocalSystem (role Command). It hands the work to a
scheduled task of LocalSystem (Work), which nothing that becomes of the command ends; that one has a temporary administrator start Sysprep with a
full token (Start): Sysprep does not support LocalSystem from build 26100 on. Nothing of either task or account is left when Windows shuts down.

It runs in Windows PowerShell 5.1. What it tells is for people: whether Windows is generalized is read from its disk.
#>
param(
    [ValidateSet('Command', 'Work', 'Start')] [string] $Role = 'Command',
    [ValidateRange(1, 85)] [int] $TimeoutMinutes = 60
)

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

$folder = Join-Path $env:SystemRoot 'AzImageTools.generalize'
$workTask = 'AzImageTools-Generalize'
$startTask = 'AzImageTools-Sysprep'
$resealed = 'IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE'
$setupState = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\State'

# What setup would read at the first start of each new machine, or tell of this one.
$leftovers = 'Panther\unattend.xml', 'Panther\Unattend\unattend.xml', 'System32\Sysprep\unattend.xml', '..\unattend.xml', '..\autounattend.xml', 'Panther'

function Test-FullToken {
    $identity = [Security.Principal.WindowsIdentity]::GetCurrent()
    (New-Object Security.Principal.WindowsPrincipal $identity).IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
}

function Get-ImageState {
    (Get-ItemProperty -LiteralPath $setupState -Name ImageState -ErrorAction SilentlyContinue).ImageState
}

function Test-Resealed {
    (Get-ImageState) -eq $resealed -and (Test-Path -LiteralPath (Join-Path $env:SystemRoot 'System32\Sysprep\Sysprep_succeeded.tag'))
}

function Test-SysprepRunning {
    @(Get-Process -Name sysprep -ErrorAction SilentlyContinue).Count -gt 0
}

# The last lines of Sysprep's logs: its errors, or where it is.
function Get-LogLine([string] $Name, [int] $Count) {
    $log = Join-Path $env:SystemRoot "System32\Sysprep\Panther\$Name"
    if (Test-Path -LiteralPath $log) { Get-Content -LiteralPath $log -Tail $Count -ErrorAction SilentlyContinue }
}

# How Sysprep ended: done, failed (it has gone for half a minute, and Windows is not resealed), or late (it still runs).
function Wait-Sysprep([int] $Minutes) {
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $gone = 0
    while ($true) {
        if (Test-SysprepRunning) { $gone = 0 }
        elseif (Test-Resealed) { return 'done' }
        elseif (++$gone -gt 6) { return 'failed' }
        if ($clock.Elapsed.TotalMinutes -ge $Minutes) { return 'late' }
        Start-Sleep -Seconds 5
    }
}

# Waits for a file of the other role.
function Wait-File([string] $Name, [int] $Seconds) {
    for ($second = 0; $second -lt $Seconds; $second++) {
        if (Test-Path -LiteralPath (Join-Path $folder $Name)) { return $true }
        Start-Sleep -Seconds 1
    }
    $false
}

function Write-Result([string] $Outcome, [string[]] $Line) {
    $file = Join-Path $folder 'result.txt'
    @($Outcome) + @($Line) | Set-Content -LiteralPath "$file.new" -Encoding UTF8
    Move-Item -LiteralPath "$file.new" -Destination $file -Force
}

# Runs this script in another role, as a task without an end of its own.
function Start-Role([string] $Task, [string] $Of, [string] $User, [string] $Password, [int] $Logon) {
    $service = New-Object -ComObject Schedule.Service
    $service.Connect()
    $definition = $service.NewTask(0)
    $definition.Principal.RunLevel = 1
    $definition.Settings.ExecutionTimeLimit = 'PT0S'
    $definition.Settings.DisallowStartIfOnBatteries = $false
    $definition.Settings.StopIfGoingOnBatteries = $false
    $action = $definition.Actions.Create(0)
    $action.Path = Join-Path $env:SystemRoot 'System32\WindowsPowerShell\v1.0\powershell.exe'
    $action.Arguments = '-NoProfile -NonInteractive -ExecutionPolicy Bypass -File "{0}" -Role {1} -TimeoutMinutes {2}' -f (Join-Path $folder 'script.ps1'), $Of, $TimeoutMinutes
    $null = $service.GetFolder('\').RegisterTaskDefinition($Task, $definition, 6, $User, $Password, $Logon).Run($null)
}

# A running task goes on when its entry, and the password that it holds, is removed.
function Remove-Role([string] $Task) {
    $service = New-Object -ComObject Schedule.Service
    $service.Connect()
    try { $service.GetFolder('\').DeleteTask($Task, 0) } catch { Write-Verbose "There is no task $Task." }
}

# Puts aside what the image must not have; nothing is lost if Sysprep fails.
function Move-Leftover {
    $number = 0
    foreach ($leftover in $leftovers) {
        $path = [IO.Path]::GetFullPath((Join-Path $env:SystemRoot $leftover))
        if (Test-Path -LiteralPath $path) {
            $aside = Join-Path $folder "aside$((++$number))"
            try {
                Move-Item -LiteralPath $path -Destination $aside
                New-Object PSObject -Property @{ Path = $path; Aside = $aside }
            }
            catch { Write-Verbose "$path stays: $_" }
        }
    }
}

function Restore-Leftover($Moved) {
    $back = @($Moved)
    [array]::Reverse($back)
    foreach ($one in $back) {
        if ($one -and -not (Test-Path -LiteralPath $one.Path)) { Move-Item -LiteralPath $one.Aside -Destination $one.Path -ErrorAction SilentlyContinue }
    }
}

# Scripts that Run Command was given, this one among them, lie where its handler keeps them.
function Remove-SavedScript {
    $packages = Join-Path $env:SystemDrive 'Packages\Plugins'
    Get-ChildItem -Path (Join-Path $packages 'Microsoft.CPlat.Core.RunCommand*\*\Downloads') -Filter *.ps1 -Recurse -ErrorAction SilentlyContinue |
        Remove-Item -Force -ErrorAction SilentlyContinue
    Remove-Item -LiteralPath (Join-Path $folder 'script.ps1') -Force -ErrorAction SilentlyContinue
}

function New-Password {
    $bytes = New-Object byte[] 32
    $random = [Security.Cryptography.RandomNumberGenerator]::Create()
    $random.GetBytes($bytes)
    $random.Dispose()
    [Convert]::ToBase64String($bytes) + 'aA1!'
}

function Get-AdministratorsName {
    (New-Object Security.Principal.SecurityIdentifier 'S-1-5-32-544').Translate([Security.Principal.NTAccount]).Value.Split('\')[-1]
}

function New-Administrator([string] $Name, [string] $Password) {
    $computer = [ADSI] "WinNT://$env:COMPUTERNAME,computer"
    $account = $computer.Create('User', $Name)
    $account.SetPassword($Password)
    $account.SetInfo()
    ([ADSI] "WinNT://$env:COMPUTERNAME/$(Get-AdministratorsName),group").Add("WinNT://$env:COMPUTERNAME/$Name,user")
}

function Remove-Administrator([string] $Name) {
    $sid = (New-Object Security.Principal.NTAccount $Name).Translate([Security.Principal.SecurityIdentifier]).Value
    for ($try = 0; $try -lt 12; $try++) {
        # Its profile is loaded for a moment after its last process has ended.
        $userProfile = Get-WmiObject -Class Win32_UserProfile -Filter "SID='$sid'" -ErrorAction SilentlyContinue
        if (-not $userProfile) { break }
        try { $userProfile.Delete() } catch { Start-Sleep -Seconds 5 }
    }
    ([ADSI] "WinNT://$env:COMPUTERNAME,computer").Delete('User', $Name)
}

function Start-AsAdministrator([string] $Name) {
    $password = New-Password
    New-Administrator $Name $password
    Start-Role $startTask 'Start' "$env:COMPUTERNAME\$Name" $password 1
    $ready = Wait-File 'ready' 120
    Remove-Role $startTask
    if (-not $ready) { throw 'The temporary administrator could not be started with a full token: a policy may forbid local accounts, or to log on as a batch job.' }
}

# --- The roles.

function Invoke-Command-Role {
    if (-not (Test-FullToken)) { 'Not started: this is not an administrator with a full token.'; return 10 }
    $state = Get-ImageState
    if ($state -eq 'IMAGE_STATE_UNDEPLOYABLE') { 'Not started: an earlier Sysprep stopped midway.'; return 11 }
    if (Test-SysprepRunning) { 'Not started: Sysprep is running already.'; return 12 }

    Remove-Item -LiteralPath $folder -Recurse -Force -ErrorAction SilentlyContinue
    $null = New-Item -Path $folder -ItemType Directory
    # Of SYSTEM and administrators alone, and nothing inherited.
    $null = & (Join-Path $env:SystemRoot 'System32\icacls.exe') $folder /inheritance:r /grant:r '*S-1-5-18:(OI)(CI)F' '*S-1-5-32-544:(OI)(CI)F'
    Copy-Item -LiteralPath $PSCommandPath -Destination (Join-Path $folder 'script.ps1')
    Start-Role $workTask 'Work' 'SYSTEM' $null 5

    # Windows shuts down behind this when it goes well.
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $result = Join-Path $folder 'result.txt'
    while ($clock.Elapsed.TotalMinutes -lt $TimeoutMinutes + 3) {
        Start-Sleep -Seconds 5
        if (Test-Path -LiteralPath $result) {
            $lines = @(Get-Content -LiteralPath $result -Encoding UTF8)
            $lines | Select-Object -Skip 1
            if ($lines[0] -ne 'late') { Remove-Item -LiteralPath $folder -Recurse -Force -ErrorAction SilentlyContinue }
            return $(if ($lines[0] -eq 'done') { 0 } elseif ($lines[0] -eq 'late') { 21 } else { 20 })
        }
    }
    'Nothing was heard of the work.'
    return 22
}

function Invoke-Work-Role {
    Remove-Role $workTask
    $name = 'azit' + [Guid]::NewGuid().ToString('N').Substring(0, 12)
    $moved = @()
    try {
        Start-AsAdministrator $name
        Remove-SavedScript
        $moved = @(Move-Leftover)
        $null = New-Item -Path (Join-Path $folder 'go') -ItemType File
        $outcome = Wait-Sysprep $TimeoutMinutes
        if ($outcome -eq 'late') {
            # It may still end: nothing of it is touched.
            Write-Result 'late' (@("Sysprep has not ended in $TimeoutMinutes minutes, and still runs. ImageState: $(Get-ImageState)") + @(Get-LogLine 'setupact.log' 5))
            return
        }
        if ($outcome -ne 'done') { throw 'Sysprep ended, and Windows is not generalized.' }
        Remove-Administrator $name
    }
    catch {
        $told = @("$_", "ImageState: $(Get-ImageState)") + @(Get-LogLine 'setuperr.log' 20)
        Restore-Leftover $moved
        try { Remove-Administrator $name } catch { $told += "The temporary administrator $name could not be removed: $_" }
        Write-Result 'failed' $told
        return
    }
    Remove-Item -LiteralPath $folder -Recurse -Force -ErrorAction SilentlyContinue
    & (Join-Path $env:SystemRoot 'System32\shutdown.exe') /s /t 0
}

function Invoke-Start-Role {
    $identity = [Security.Principal.WindowsIdentity]::GetCurrent()
    if ($identity.IsSystem -or -not (Test-FullToken)) { return 10 }
    $null = New-Item -Path (Join-Path $folder 'ready') -ItemType File
    if (-not (Wait-File 'go' 300)) { return 12 }
    $sysprep = Start-Process -FilePath (Join-Path $env:SystemRoot 'System32\Sysprep\sysprep.exe') -ArgumentList '/oobe', '/generalize', '/quiet', '/quit' -PassThru -Wait
    return $sysprep.ExitCode
}

$told = @(& "Invoke-$Role-Role")
$code = 0
if ($told.Count -gt 0 -and $told[-1] -is [int]) {
    $code = $told[-1]
    $told = @($told | Select-Object -SkipLast 1)
}
$told
exit $code
