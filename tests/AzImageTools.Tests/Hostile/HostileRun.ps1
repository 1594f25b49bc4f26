# Runs each command on each disk, first to its end, then once more to stop it in the middle, all in one process; writes a line of JSON
# for each. Takes the module's manifest, a folder for what is made, and disks as 'name|path'.
param([string] $Module, [string] $Folder, [string[]] $Disk)

$commands = [ordered] @{
    'Get-AzVhdInfo'             = { Get-AzVhdInfo -LiteralPath $args[0] }
    'Get-AzVhdInfo -Check'      = { Get-AzVhdInfo -LiteralPath $args[0] -Check }
    'Get-AzVhdItem'             = { Get-AzVhdItem -LiteralPath $args[0] -Recurse }
    'Copy-AzVhdItem'            = { Copy-AzVhdItem -LiteralPath $args[0] * $args[1] -Recurse -WhatIf }
    'Get-AzVhdRegistryValue'    = { Get-AzVhdRegistryValue -LiteralPath $args[0] HKLM\SYSTEM, HKLM\SOFTWARE -Recurse }
    'Test-SysprepReadiness'     = { Test-SysprepReadiness -LiteralPath $args[0] }
    'Test-DeprovisionReadiness' = { Test-DeprovisionReadiness -LiteralPath $args[0] }
    'Convert-AzVhd -WhatIf'     = { Convert-AzVhd -LiteralPath $args[0] (Join-Path $args[1] made.vhd) -SkipFreeSpace -WhatIf }
    'Convert-AzVhd'             = { Convert-AzVhd -LiteralPath $args[0] (Join-Path $args[1] made.vhd) -Force }
}

# Of the errors, the first ones are kept: what a session keeps of thousands is not the command's.
$run = @'
$number = 0
& { COMMAND } @args 2>&1 | Where-Object { $_ -is [Management.Automation.ErrorRecord] } | ForEach-Object { if ($number++ -lt 20) { $_ } }
$Error.Clear()
$number
'@

$process = [Diagnostics.Process]::GetCurrentProcess()
$runspace = [runspacefactory]::CreateRunspace()
$runspace.Open()

function Read-Peak { [long] ([regex]::Match([IO.File]::ReadAllText('/proc/self/status'), 'VmHWM:\s*(\d+)').Groups[1].Value) * 1024 }

function Read-Cpu { $process.Refresh(); $process.TotalProcessorTime.TotalSeconds }

function Start-Script([string] $Script, [string] $Path) {
    $shell = [powershell]::Create()
    $shell.Runspace = $runspace
    $null = $shell.AddScript($run.Replace('COMMAND', $Script)).AddArgument($Path).AddArgument($Folder)
    $shell
}

$null = [powershell]::Create($runspace).AddScript("Import-Module '$Module'").Invoke()
foreach ($each in $Disk) {
    $name, $path = $each -split '\|', 2
    foreach ($command in $commands.Keys) {
        # 5 makes Linux forget the most memory that the process has had.
        [GC]::Collect(2, [GCCollectionMode]::Aggressive, $true, $true)
        [IO.File]::WriteAllText('/proc/self/clear_refs', '5')
        $before = Read-Peak
        $shell = Start-Script $commands[$command] $path
        $cpu = Read-Cpu
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $problem = $null
        $came = try { $shell.Invoke() } catch { $problem = $_.Exception.InnerException.ErrorRecord }
        $seconds = $watch.Elapsed.TotalSeconds
        $used = (Read-Cpu) - $cpu
        $peak = (Read-Peak) - $before
        $errors = @(@($came | Where-Object { $_ -is [Management.Automation.ErrorRecord] }) + @($problem | Where-Object { $_ }))
        $shell.Dispose()

        # Half of the time that it takes is in the middle; sooner where it was the slower for the machine's other work.
        $stopped = $after = $null
        for ($wait = $seconds / 2; $seconds -gt 0.4 -and $null -eq $stopped -and $wait -gt 0.05; $wait /= 2) {
            $shell = Start-Script $commands[$command] $path
            $running = $shell.BeginInvoke()
            if (-not $running.AsyncWaitHandle.WaitOne([timespan]::FromSeconds([Math]::Min($wait, 3)))) {
                $watch.Restart()
                $cpu = Read-Cpu
                $shell.Stop()
                $stopped = $watch.Elapsed.TotalSeconds
                $after = (Read-Cpu) - $cpu
            }

            $shell.Dispose()
        }

        Remove-Item (Join-Path $Folder *) -Recurse -Force
        [ordered] @{
            disk = $name; command = $command; seconds = $seconds; cpu = $used; stopped = $stopped; after = $after; peak = $peak
            errorCount = [Math]::Max($errors.Count, [int] @($came)[-1])
            errors = @($errors | ForEach-Object { "$($_.FullyQualifiedErrorId)|$($_.CategoryInfo.Category)|$($_.Exception.GetType().Name)|$($_.Exception.Message)" })
        } | ConvertTo-Json -Compress
    }
}
