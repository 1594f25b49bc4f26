# Text from outside (a guest, a file's name, a service) may be made to move the cursor, clear the screen, set the window's
# title, write backwards, or begin a line of its own. Whatever is shown of it does none of that.
BeforeDiscovery {
    $programs = 'mke2fs', 'sgdisk', 'mkswap', 'mkntfs', 'mkfs.vfat', 'mkfs.xfs', 'qemu-img', 'truncate'
    $lacksPrograms = -not $IsLinux -or @(Get-Command $programs -CommandType Application -ErrorAction SilentlyContinue).Count -lt $programs.Count
    $format = [xml] [IO.File]::ReadAllText((Join-Path $PSScriptRoot ../../src/module/AzImageTools.Format.ps1xml))
    $viewedTypes = @($format.SelectNodes('//ViewSelectedBy/TypeName') | ForEach-Object InnerText | Sort-Object -Unique | Where-Object { $_ -ne 'AzImageTools.Readiness.Rules.ReadinessRule' })
}

BeforeAll {
    . $PSScriptRoot/common.ps1
    . $PSScriptRoot/hostile.ps1

    # An object of a type with the hostile text in each text that can be set.
    function New-Hostile([type] $Type) {
        $thing = [Runtime.CompilerServices.RuntimeHelpers]::GetUninitializedObject($Type)
        foreach ($property in $Type.GetProperties()) {
            $value = switch ($property.PropertyType) {
                ([string]) { if ($property.Name -eq 'Remedy') { $hostile -replace "`n" } else { $hostile } }
                ([object]) { $hostile }
                ([Collections.Generic.IReadOnlyList[string]]) { , [string[]] @($hostile, $hostile) }
                default {
                    if ($_.IsGenericType -and $_.Name -eq 'IReadOnlyList`1') { , [Array]::CreateInstance($_.GenericTypeArguments[0], 0) }
                    elseif ($_.Name -eq 'GuestIdentity') { New-Hostile $_ }
                }
            }
            # The sum is the module's own.
            if ($property.CanWrite -and $null -ne $value -and $property.Name -ne 'Crc64') { $property.SetValue($thing, $value) }
        }

        if ($Type.Name -eq 'DiskItem') {
            $entry = $Type.GetProperty('Entry', [Reflection.BindingFlags] 'Instance, NonPublic')
            $inner = [Runtime.CompilerServices.RuntimeHelpers]::GetUninitializedObject($entry.PropertyType)
            foreach ($name in 'Name', 'Path', 'LinkTarget') { $inner.GetType().GetProperty($name).SetValue($inner, $hostile) }
            $entry.SetValue($thing, $inner)
        }

        $thing
    }
}

Describe 'Text from outside' {
    It 'is found by what looks for it' {
        { Assert-Clean $hostile } | Should -Throw
        foreach ($character in 7, 13, 27, 0x9B, 0x202E, 0x2066, 0x061C) { { Assert-Clean "a$([char] $character)b" } | Should -Throw }
        { Assert-Clean "fine`n$forged" } | Should -Throw
    }

    It 'is harmless in every view of <_>' -ForEach $viewedTypes {
        $name = $_
        $type = [AppDomain]::CurrentDomain.GetAssemblies() | ForEach-Object { $_.GetType($name) } | Select-Object -First 1
        $thing = New-Hostile $type
        $shown = @(Format-All $thing)

        ($shown -join '').Contains([char] 0xFFFD) | Should -BeTrue -Because 'the text was shown'
        Assert-Clean $shown
        Assert-Clean "$(if ($type.Name -notin 'DiskInfo', 'DiskItemCopy', 'ReadinessReport', 'VhdConversion', 'PendingUpload', 'VhdDownload', 'VhdUpload') { $thing })"
    }

    It 'is harmless in the message of <_>' -ForEach @(
        'AzImageTools.Disks.DiskException', 'AzImageTools.Disks.DiskFormatException', 'AzImageTools.Disks.ReadLimitException', 'AzImageTools.Disks.Items.DiskItemException'
        'AzImageTools.Disks.Conversion.VhdConversionException', 'AzImageTools.Readiness.Rules.ReadinessRuleException', 'AzImageTools.Readiness.Guests.EvidenceUnavailableException'
        'AzImageTools.Readiness.Guests.Gathered.EvidenceException', 'AzImageTools.Services.ImageServiceException', 'AzImageTools.Services.Plans.PlanFailedException') {
        Assert-Clean (New-Object $_ $hostile).Message
    }
}

Describe 'A Linux whose every text is hostile' -Skip:$lacksPrograms {
    BeforeAll {
        $line = $hostile -replace "`n", "$([char] 0x9B)"
        $root = Join-Path $TestDrive root
        function Write-Guest([string] $Path, [string] $Text) {
            $file = [IO.Path]::Combine($root, $Path)
            $null = [IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($file))
            [IO.File]::WriteAllText($file, $Text)
        }

        Write-Guest 'etc/os-release' "ID=debian`nVERSION_ID=`"12$line`"`nPRETTY_NAME=`"Debian $line`"`n"
        Write-Guest 'etc/hostname' "$line`n"
        Write-Guest 'etc/machine-id' "$line`n"
        Write-Guest 'etc/fstab' "/dev/$line / ext4 defaults 0 1`n/dev/sdb1 /mnt/$line ext4 $line 0 0`nUUID=$line /srv xfs defaults 0 0`n"
        Write-Guest 'etc/passwd' "root:x:0:0:root:/root:/bin/sh`n${line}:x:1000:1000::/home/${line}:/bin/sh`n"
        Write-Guest 'etc/shadow' "root:*:1:::::: `n${line}:`$6`$x`$y:1::::::`n"
        Write-Guest 'etc/ssh/sshd_config' "PermitRootLogin $line`nClientAliveInterval $line`n"
        Write-Guest "etc/ssh/ssh_host_${hostile}_key" 'x'
        Write-Guest "etc/netplan/$hostile.yaml" "network:`n  ethernets:`n    ${line}:`n      match: {macaddress: '00:11:22:33:44:55'}`n"
        Write-Guest "etc/udev/rules.d/70-persistent-$hostile.rules" "SUBSYSTEM==`"net`", ATTR{address}==`"$line`"`n"
        Write-Guest "etc/cloud/cloud.cfg.d/$hostile.cfg" "datasource_list: [ $line ]`n"
        Write-Guest 'etc/default/grub' "GRUB_CMDLINE_LINUX=`"root=$line console=$line`"`n"
        Write-Guest 'boot/grub/grub.cfg' "menuentry '$line' {`n linux /boot/vmlinuz-$line root=UUID=$line ro ds=$line`n}`n"
        Write-Guest "boot/vmlinuz-$hostile" 'x'
        Write-Guest "boot/vmlinuz-6.1.0$hostile-amd64" 'x'
        Write-Guest "lib/modules/6.1.0$hostile-amd64/modules.dep" "kernel/$line.ko:`n"
        Write-Guest "etc/modprobe.d/$hostile.conf" "blacklist hv_$line`nblacklist hv_netvsc`n"
        Write-Guest 'bin/sh' 'x'
        Write-Guest "root/.ssh/authorized_keys" $line
        Write-Guest "home/$hostile/$hostile.txt" 'x'
        Write-Guest "var/lib/cloud/instances/$hostile/x" 'x'
        $null = [IO.File]::CreateSymbolicLink((Join-Path $root 'link'), $hostile)

        $disk = Join-Path $TestDrive 'guest.raw'
        [IO.File]::Create($disk).Dispose()
        truncate -s 48M $disk
        $null = sgdisk -n 1:2048:+32M -c "1:$line" -n 2:0:+1M -c "2:$hostile" $disk
        $null = mke2fs -q -t ext4 -F -L ($line.Substring(0, 13)) -d $root -E offset=1048576 $disk 32M
        $LASTEXITCODE | Should -Be 0
    }

    It 'shows none of it as it is in <name>' -ForEach @(
        @{ name = 'Get-AzVhdInfo'; run = { $info = Get-AzVhdInfo $disk; $info; $info.Partitions; $info.Volumes; $info.Guest; "$($info.Guest)"; "$($info.Volumes)"; "$($info.Partitions)" }; says = 'Debian' }
        @{ name = 'Get-AzVhdInfo -Check'; run = { Get-AzVhdInfo $disk -Check -Verbose }; says = 'inconsistencies' }
        @{ name = 'Get-AzVhdItem'; run = { Get-AzVhdItem $disk -Recurse -Verbose; Get-AzVhdItem $disk -Stream * -Recurse }; says = 'home' }
        @{ name = 'errors of Get-AzVhdItem'; run = { Get-AzVhdItem $disk -Volume nosuch; Get-AzVhdItem $disk "nosuch$hostile"; Get-AzVhdItem $disk -Volume "x$hostile" }; says = 'Its volumes' }
        @{ name = 'Copy-AzVhdItem'; run = { Copy-AzVhdItem $disk '*' (Join-Path $TestDrive copy) -Recurse -Verbose; Copy-AzVhdItem $disk '*' (Join-Path $TestDrive copy) -Recurse -Verbose; Copy-AzVhdItem $disk 'home/*' (Join-Path $TestDrive copy2) -Verbose }; says = 'was copied as' }
        @{ name = 'Get-AzVhdRegistryValue'; run = { Get-AzVhdRegistryValue $disk "HKLM\SOFTWARE\$hostile" }; says = 'Windows' }
        @{ name = 'Test-DeprovisionReadiness'; run = { $report = Test-DeprovisionReadiness -LiteralPath $disk -Verbose; $report; $report.Findings; "$($report.Findings)"; $report.GeneralizationEvidence; $report.Problems; "$report" }; says = 'Hostname' }
        @{ name = 'Test-DeprovisionReadiness -RootPath'; run = { $report = Test-DeprovisionReadiness -RootPath $root -Verbose; $report; $report.Findings; "$($report.Findings)"; $report.GeneralizationEvidence; $report.Problems }; says = 'Hostname' }
        @{ name = 'Test-SysprepReadiness'; run = { $report = Test-SysprepReadiness -LiteralPath $disk -Verbose; $report; $report.Findings; $report.Problems }; says = 'deprovisioning' }
        @{ name = 'reports'; run = { foreach ($format in 'Html', 'Json', 'JUnit') { Test-DeprovisionReadiness -LiteralPath $disk | Export-AzImageReadinessReport -Path (Join-Path $TestDrive "r.$format") -Format $format -Force; [IO.File]::ReadAllText((Join-Path $TestDrive "r.$format")) } }; says = 'Debian' }
        @{ name = 'a job'; run = { $job = Convert-AzVhd $disk (Join-Path $TestDrive 'made.vhd') -SkipFreeSpace -AsJob -Verbose; $job | Receive-Job -Wait; $job }; says = 'made.vhd' }
        @{ name = '-WhatIf'; run = { $null = Start-Transcript (Join-Path $TestDrive 'whatif.txt'); Copy-AzVhdItem $disk '*' (Join-Path $TestDrive copy) -Recurse -WhatIf; Copy-AzVhdItem $disk 'home/*' (Join-Path $TestDrive copy) -Recurse -WhatIf; Convert-AzVhd $disk (Join-Path $TestDrive "what$line.vhd") -WhatIf -SkipFreeSpace; $null = Stop-Transcript; ([IO.File]::ReadAllText((Join-Path $TestDrive 'whatif.txt')) -split "`n" | Where-Object { $_ -match 'What if' }) }; says = 'What if' }
    ) {
        $shown = @(Show-All $run)
        ($shown -join '') -match $says | Should -BeTrue -Because "'$says' was to be shown"
        Assert-Clean $shown
    }
}

Describe 'A disk whose labels or files beside it are hostile' -Skip:$lacksPrograms {
    BeforeAll {
        $line = $hostile -replace "`n", "$([char] 0x9B)"
        function New-Disk([string] $Name, [string] $Size) {
            $path = Join-Path $TestDrive $Name
            truncate -s $Size $path
            $path
        }

        # In place of a text that a program wrote, one of the same length that it would have refused.
        function Edit-Disk([string] $Path, [string] $Text, [Text.Encoding] $Encoding) {
            $bytes = [IO.File]::ReadAllBytes($Path)
            $latin = [Text.Encoding]::Latin1
            $hostileText = $line.Substring(0, $Text.Length)
            $whole = $latin.GetString($bytes).Replace($latin.GetString($Encoding.GetBytes($Text)), $latin.GetString($Encoding.GetBytes($hostileText)))
            [IO.File]::WriteAllBytes($Path, $latin.GetBytes($whole))
        }
    }

    It 'shows a label of <_> harmlessly' -ForEach 'ntfs', 'fat', 'swap', 'xfs' {
        $disk = New-Disk "$_.raw" $(if ($_ -eq 'xfs') { '320M' } else { '16M' })
        switch ($_) {
            ntfs { $null = mkntfs -F -Q -q -L $line.Substring(0, 20) $disk 2>&1 }
            fat { $null = mkfs.vfat -n ABCDEFGHIJ $disk 2>&1; Edit-Disk $disk 'ABCDEFGHIJ' ([Text.Encoding]::Latin1) }
            swap { $null = mkswap -L 'ABCDEFGHIJ' $disk 2>&1; Edit-Disk $disk 'ABCDEFGHIJ' ([Text.Encoding]::Latin1) }
            xfs { $null = mkfs.xfs -q -L $line.Substring(0, 9) $disk 2>&1 }
        }

        $info = Get-AzVhdInfo $disk
        $info.Volumes[0].Label | Should -Match ([char] 0xFFFD)
        Assert-Clean (Show-All { $info; $info.Volumes; "$($info.Volumes)"; Get-AzVhdItem $disk -Volume nosuch; Get-AzVhdItem $disk -Volume $info.Volumes[0].Label })
    }

    It 'shows what a Windows holds harmlessly' {
        $disk = Expand-TestDisk 'notready.vhdx' $TestDrive
        foreach ($text in 'Windows Server', 'SYSTEM.LOG2', 'Windows Boot Manager', 'Datacenter') { Edit-Disk $disk $text ([Text.Encoding]::Unicode) }
        foreach ($text in 'ProductName', 'Uninstall', 'EditionID') { Edit-Disk $disk $text ([Text.Encoding]::Latin1) }
        $shown = @(Show-All {
            $info = Get-AzVhdInfo $disk; $info; $info.Guest; $info.Volumes
            Get-AzVhdItem $disk -Recurse
            Get-AzVhdRegistryValue $disk 'HKLM\SOFTWARE', 'HKLM\SYSTEM' -Recurse
            $report = Test-SysprepReadiness -LiteralPath $disk; $report; $report.Findings; $report.GeneralizationEvidence
            Copy-AzVhdItem $disk 'Windows\System32\config' (Join-Path $TestDrive hives) -Recurse -Verbose
        })
        ($shown -join '').Contains([char] 0xFFFD) | Should -BeTrue
        Assert-Clean $shown
    }

    It 'names a file that <_> asks for harmlessly' -ForEach 'a QCOW2', 'a VMDK' {
        $disk = Join-Path $TestDrive 'asking.vmdk'
        if ($_ -eq 'a QCOW2') {
            $disk = Join-Path $TestDrive 'asking.qcow2'
            $null = qemu-img create -q -u -f qcow2 -F raw -b "/x/$hostile.raw" $disk 16M
        } else {
            [IO.File]::WriteAllText($disk, "# Disk DescriptorFile`nversion=1`nCID=fffffffe`nparentCID=ffffffff`ncreateType=`"twoGbMaxExtentFlat`"`nRW 32768 FLAT `"$line.raw`" 0`n")
        }

        $shown = @(Show-All { Get-AzVhdInfo $disk; Get-AzVhdInfo $disk -Check; Convert-AzVhd $disk (Join-Path $TestDrive x.vhd); Test-SysprepReadiness -LiteralPath $disk })
        ($shown -join '').Contains([char] 0xFFFD) | Should -BeTrue
        Assert-Clean $shown
    }

    It 'shows the name of a disk, and of its journal, harmlessly' {
        $disk = New-Disk "disk$hostile.raw" 4M
        [IO.File]::WriteAllBytes("$disk.vhd", [byte[]]::new(512))
        $null = Connect-AzImageService -Sandbox
        $shown = @(Show-All {
            Get-AzVhdInfo -LiteralPath $disk, "$disk.nosuch", "$disk.vhd"
            Get-AzVhdInfo -Path "$TestDrive/disk*.nosuch"
            Convert-AzVhd -LiteralPath $disk "$disk.made.vhd" -Verbose
            Convert-AzVhd -LiteralPath $disk "$disk.made.vhd" -Verbose
            Send-AzVhd -LiteralPath $disk -ResourceGroupName sandbox-rg -DiskName web -Readiness None -Verbose
            Send-AzVhd -LiteralPath $disk -ResourceGroupName "x$hostile" -DiskName web -Readiness None -Verbose
            Get-AzVhdUpload -JournalPath $TestDrive
            $report = Test-DeprovisionReadiness -LiteralPath $disk; $report

            # A line's end is only a space in a page.
            foreach ($format in 'Html', 'Json', 'JUnit') { $file = Join-Path $TestDrive "named.$format"; $report | Export-AzImageReadinessReport -Path $file -Format $format -Force; [IO.File]::ReadAllText($file) -replace "`nFORGED", ' FORGED' }
        })
        ($shown -join '').Contains([char] 0xFFFD) | Should -BeTrue
        Assert-Clean $shown
    }
}
