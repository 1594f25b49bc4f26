# As HostileText.Tests.ps1, for texts that come in documents: what a disk says of its parent, the metadata of logical volumes, journals,
# the output of the collectors, answers of Azure, and the lists of names to complete that come of these.
BeforeAll {
    . $PSScriptRoot/common.ps1
    . $PSScriptRoot/hostile.ps1
    $line = $hostile -replace "`n", "$([char] 0x9B)"
    Add-Type -Path (Join-Path $PSScriptRoot ../TestKit/bin/Debug/net10.0/TestKit.dll)
}

Describe 'A disk that says of its parent what is hostile' {
    It 'is told harmlessly where it is a <_>' -ForEach 'VHD', 'VHD by its locator', 'VHDX' {
        $disk = switch ($_) {
            'VHD' {
                $path = Join-Path $TestDrive 'name.avhd'
                $null = [AzImageTools.TestKit.VhdBuilder]::new(4MB, 1MB).Save($path)
                Edit-Header $path { param($header, $data) [Text.Encoding]::BigEndianUnicode.GetBytes("x\$line.vhd").CopyTo($header, 64) }
                $path
            }
            'VHD by its locator' {
                $path = Join-Path $TestDrive 'locator.avhd'
                $null = [AzImageTools.TestKit.VhdBuilder]::new(4MB, 1MB).Save($path)
                Edit-Header $path {
                    param($header, $data)
                    $name = [Text.Encoding]::Unicode.GetBytes(".\$line.vhd")
                    [Text.Encoding]::ASCII.GetBytes('W2ru').CopyTo($header, 576)
                    foreach ($field in @(580, 512), @(584, $name.Length)) { $bytes = [BitConverter]::GetBytes([int] $field[1]); [array]::Reverse($bytes); $bytes.CopyTo($header, $field[0]) }
                    $place = [BitConverter]::GetBytes([long] $data); [array]::Reverse($place); $place.CopyTo($header, 592)
                    , $name
                }
                $path
            }
            'VHDX' {
                $path = Join-Path $TestDrive 'locator.avhdx'
                $builder = [AzImageTools.TestKit.VhdxBuilder]::new(4MB, 1MB, 512)
                $locator = [AzImageTools.TestKit.VhdxBuilder]::LocatorOf(".\$hostile.vhdx", [guid]::NewGuid())
                [AzImageTools.TestKit.VhdxBuilder].GetProperty('Locator').SetValue($builder, $locator)
                $builder.Save($path)
            }
        }

        $shown = @(Show-All {
            Get-AzVhdInfo $disk -Verbose
            Get-AzVhdInfo $disk -Check
            Convert-AzVhd $disk (Join-Path $TestDrive x.vhd)
            Test-SysprepReadiness -LiteralPath $disk
            Get-AzVhdItem $disk
        })
        ($shown -join '').Contains([char] 0xFFFD) | Should -BeTrue
        Assert-Clean $shown
    }

    BeforeAll {
        # Makes a dynamic VHD a differencing one; what the script gives is put at the file's end, in place of the footer, and a footer behind it.
        function Edit-Header([string] $Path, [scriptblock] $Change) {
            $bytes = [IO.File]::ReadAllBytes($Path)
            $end = $bytes.Length - 512
            $footer = [byte[]] $bytes[$end..($bytes.Length - 1)]
            $header = [byte[]] $bytes[512..1535]
            $footer[63] = 4
            [guid]::NewGuid().ToByteArray().CopyTo($header, 40)
            $added = @(& $Change $header $end)[0]
            foreach ($structure in @($footer, 64), @($header, 36)) {
                $sum = [AzImageTools.TestKit.StructureChecksum].GetMethod('SumOf')
                $total = 0L
                for ($i = 0; $i -lt $structure[0].Length; $i++) { if ($i -lt $structure[1] -or $i -ge $structure[1] + 4) { $total += $structure[0][$i] } }
                $field = [BitConverter]::GetBytes([uint32] ([uint32]::MaxValue - $total)); [array]::Reverse($field); $field.CopyTo($structure[0], $structure[1])
            }

            $footer.CopyTo($bytes, 0)
            $header.CopyTo($bytes, 512)
            $data = [byte[]]::new($(if ($added) { 512 } else { 0 }))
            if ($added) { $added.CopyTo($data, 0) }
            [IO.File]::WriteAllBytes($Path, [byte[]] ($bytes[0..($end - 1)] + $data + $footer))
        }
    }
}

Describe 'Logical volumes whose names are hostile' {
    It 'are shown harmlessly' {
        # A fixed VHD is the disk's bytes and a footer.
        $disk = Join-Path $TestDrive 'fixed.vhd'
        $null = Convert-AzVhd (Expand-TestDisk 'lvm.vhd' $TestDrive) $disk
        $bytes = [IO.File]::ReadAllBytes($disk)
        foreach ($volume in 44MB, 68MB) {
            $text = [AzImageTools.TestKit.LvmMetadata]::Read($bytes, $volume).Item1
            $text = $text.Replace('system {', "$line {").Replace('var-data {', "v$line {").Replace('creation_host = "', "creation_host = `"$line")
            [AzImageTools.TestKit.LvmMetadata]::Write($bytes, $volume, $text)
        }

        [IO.File]::WriteAllBytes($disk, $bytes)
        $shown = @(Show-All {
            $info = Get-AzVhdInfo $disk; $info; $info.Volumes; "$($info.Volumes)"; $info.Partitions
            Get-AzVhdInfo $disk -Check
            Get-AzVhdItem $disk -Recurse -Verbose
            Get-AzVhdItem $disk -Volume nosuch
            Get-AzVhdItem $disk -Volume "$line/v$line"
            Copy-AzVhdItem $disk * (Join-Path $TestDrive copy) -Recurse -Verbose
            $report = Test-DeprovisionReadiness -LiteralPath $disk; $report; $report.Findings; $report.Problems
            Convert-AzVhd $disk (Join-Path $TestDrive x.vhd) -Verbose
        })
        ($shown -join '').Contains([char] 0xFFFD) | Should -BeTrue
        Assert-Clean $shown
    }
}

Describe 'The output of a collector that is hostile' {
    It 'is shown harmlessly for <system>' -ForEach @(
        @{ system = 'linux'; command = 'Test-DeprovisionReadiness' }
        @{ system = 'windows'; command = 'Test-SysprepReadiness' }
    ) {
        # The document that the chunks are, changed and cut into chunks again.
        $source = [IO.Compression.GZipStream]::new([IO.File]::OpenRead([IO.Path]::Combine($PSScriptRoot, '..', 'data', 'evidence', "$system.txt.gz")), [IO.Compression.CompressionMode]::Decompress)
        $printed = [IO.StreamReader]::new($source).ReadToEnd()
        $packed = [Convert]::FromBase64String((($printed -split "`n" | Where-Object { $_ -match '^[A-Za-z0-9+/=\r]{4,}$' -and $_ -notmatch '^(chunk|sha256)' }) -join '').Replace("`r", ''))
        $document = [IO.StreamReader]::new([IO.Compression.GZipStream]::new([IO.MemoryStream]::new($packed), [IO.Compression.CompressionMode]::Decompress)).ReadToEnd()
        $json = ConvertFrom-Json $document -AsHashtable -Depth 50
        function Edit-Texts($Node, [bool] $IsText) {
            foreach ($key in @($Node.Keys)) {
                $value = $Node[$key]
                if ($value -is [Collections.IDictionary]) { Edit-Texts $value ($key -eq 'values') }
                elseif ($value -is [string] -and ($IsText -or $key -in 'machine', 'name', 'label')) { $Node[$key] = $value + $hostile }
                elseif ($value -is [object[]]) {
                    for ($i = 0; $i -lt $value.Count; $i++) {
                        if ($value[$i] -is [Collections.IDictionary]) { Edit-Texts $value[$i] $false }
                        elseif ($value[$i] -is [string]) { $value[$i] += $hostile }
                    }
                }
            }
        }

        Edit-Texts $json $false
        $bytes = [Text.Encoding]::UTF8.GetBytes((ConvertTo-Json $json -Depth 50 -Compress))
        $memory = [IO.MemoryStream]::new()
        $gzip = [IO.Compression.GZipStream]::new($memory, [IO.Compression.CompressionLevel]::Optimal, $true); $gzip.Write($bytes); $gzip.Dispose()
        $made = $memory.ToArray()
        $hash = [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData($made)).ToLowerInvariant()
        $path = Join-Path $TestDrive "$system.txt"
        [IO.File]::WriteAllText($path, "AzImageTools evidence 1: $($made.Length) bytes, 1 chunks`nsha256 $hash`nchunk 1:`n$([Convert]::ToBase64String($made))`n")
        $shown = @(Show-All { $report = & $command -EvidencePath $path -Verbose; $report; $report.Findings; "$($report.Findings)"; $report.Problems; $report.GeneralizationEvidence; $report.Guest; "$($report.Guest)"; $report.Target })
        ($shown -join '').Contains([char] 0xFFFD) | Should -BeTrue -Because "$shown"
        Assert-Clean $shown
    }

    It 'is refused harmlessly' -ForEach "AzImageTools evidence 1: 5 bytes, 1 chunks`nsha256 LINE`nchunk 1:`nLINE`n", "AzImageTools evidence LINE`n", 'LINE' {
        $path = Join-Path $TestDrive 'odd.txt'
        [IO.File]::WriteAllText($path, $_.Replace('LINE', $line))
        $shown = @(Show-All { Test-SysprepReadiness -EvidencePath $path; Test-DeprovisionReadiness -EvidencePath $path })
        ($shown -join '') | Should -Match 'vidence'
        Assert-Clean $shown
    }
}

Describe 'A journal whose texts are hostile' {
    It 'is shown harmlessly' {
        $disk = Join-Path $TestDrive 'disk.raw'
        $file = [IO.File]::Create($disk); $file.SetLength(24MB); $file.Position = 1MB; $file.Write([byte[]]::new(512)); $file.WriteByte(1); $file.Dispose()
        $assembly = [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'AzImageTools.Services' }
        $internal = [Reflection.BindingFlags] 'Instance, Static, Public, NonPublic'
        $format = $assembly.GetType('AzImageTools.Services.Upload.Resume.JournalFormat')
        $header = $assembly.GetType('AzImageTools.Services.Upload.Resume.JournalHeader')
        $identity = $assembly.GetType('AzImageTools.Services.Upload.Source.SourceIdentity')
        $sourceFile = $assembly.GetType('AzImageTools.Services.Upload.Source.SourceFile')
        $own = $sourceFile.GetMethod('Of', $internal).Invoke($null, [object[]] @([string] "$TestDrive/disk.raw".ToString()))
        $write = $format.GetMethods($internal) | Where-Object { $_.Name -eq 'Write' -and $_.GetParameters()[0].ParameterType -eq $header }
        $journal = [Runtime.CompilerServices.RuntimeHelpers]::GetUninitializedObject($header)
        $files = [Array]::CreateInstance($sourceFile, 1); $files[0] = $own
        $from = $identity.GetConstructors()[0].Invoke([object[]] @("/x/$hostile.vhd", [AzImageTools.Disks.DiskFormat]::Raw, 24MB, $files))
        foreach ($each in @{ Version = $header.GetField('CurrentVersion', $internal).GetValue($null); RunId = $hostile; LeaseId = [guid]::NewGuid(); Target = "/subscriptions/$hostile/disks/$hostile"; Length = [long] (24MB + 512); Begun = [DateTimeOffset]::UtcNow; Source = $from }.GetEnumerator()) {
            $header.GetProperty($each.Key, $internal).SetValue($journal, $each.Value)
        }

        $path = Join-Path $TestDrive "x.$([Guid]::NewGuid().ToString('N'))$($assembly.GetType('AzImageTools.Services.Upload.Resume.UploadJournal').GetField('Extension', $internal).GetValue($null))"
        [IO.File]::WriteAllBytes($path, [byte[]] $write.Invoke($null, @($journal)))
        $null = Disconnect-AzImageService # A sandbox has journals of its own only.
        $shown = @(Show-All {
            $pending = Get-AzVhdUpload -JournalPath $TestDrive -Verbose; $pending
            $pending | Stop-AzVhdUpload -Confirm:$false -Verbose
            $null = Connect-AzImageService -Sandbox
            Send-AzVhd $disk -ResourceGroupName sandbox-rg -DiskName web -Readiness None -JournalPath $TestDrive -Verbose
        })
        ($shown -join '').Contains([char] 0xFFFD) | Should -BeTrue -Because "$shown"
        Assert-Clean $shown
    }
}

Describe 'An Azure whose every text is hostile' {
    BeforeAll {
        Add-Type -ReferencedAssemblies System.Net.Http, System.Runtime, System.Collections, System.Net.Primitives, System.Text.RegularExpressions, netstandard @'
using System; using System.Net; using System.Net.Http; using System.Text; using System.Text.RegularExpressions; using System.Threading; using System.Threading.Tasks;
/// A cloud's answers with other texts in place of theirs: names in lists, or the codes and messages of errors.
public sealed class HostileAnswers : DelegatingHandler
{
    public string Text; public bool Refuses; public string Names = "name|displayName|description|eula|privacyStatementUri|location";
    public HostileAnswers(HttpMessageHandler inner) : base(inner) { }
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        string json = "\"" + Text.Replace("\\", "\\\\").Replace("\n", "\\n").Replace("\r", "\\r").Replace("\u001b", "\\u001b").Replace("\u0007", "\\u0007") + "\"";
        if (Refuses && !request.RequestUri.AbsolutePath.Equals("/subscriptions", StringComparison.OrdinalIgnoreCase))
        {
            var refused = new HttpResponseMessage(HttpStatusCode.Conflict) { ReasonPhrase = "Bad", RequestMessage = request };
            refused.Content = new StringContent("{\"error\":{\"code\":" + json + ",\"message\":" + json + ",\"details\":[{\"code\":" + json + ",\"message\":" + json + "}]}}", Encoding.UTF8, "application/json");
            return refused;
        }
        var answer = await base.SendAsync(request, cancellation);
        if (!Refuses && answer.Content != null && answer.Content.Headers.ContentType?.MediaType == "application/json")
        {
            string body = await answer.Content.ReadAsStringAsync();
            body = Regex.Replace(body, "\"(" + Names + ")\":\\s*\"(?<text>[^\"]*)\"", match => "\"" + match.Groups[1].Value + "\":\"" + match.Groups["text"].Value + json.Substring(1));
            body = Regex.Replace(body, "\"tags\":\\s*\\{(?<tags>[^}]*)\\}", match => "\"tags\":{" + match.Groups["tags"].Value + (match.Groups["tags"].Value.Trim().Length > 0 ? "," : "") + json + ":" + json + "}");
            answer.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }
        return answer;
    }
}
'@
        $disk = Join-Path $TestDrive 'disk.raw'
        $file = [IO.File]::Create($disk); $file.SetLength(24MB); $file.Dispose()
        function Connect-Hostile([bool] $Refuses) {
            $null = Connect-AzImageService -Sandbox
            $assemblies = [AppDomain]::CurrentDomain.GetAssemblies()
            $services = $assemblies | Where-Object { $_.GetName().Name -eq 'AzImageTools.Services' }
            $cloudType = ($assemblies | Where-Object { $_.GetName().Name -eq 'AzImageTools.Sandbox' }).GetType('AzImageTools.Sandbox.SandboxCloud')
            $cloud = [Activator]::CreateInstance($cloudType, @($null))
            $answers = [HostileAnswers]::new($cloud.CreateHandler())
            $answers.Text = $hostile
            $requestType = $services.GetType('AzImageTools.Services.Session.ConnectRequest')
            $request = [Activator]::CreateInstance($requestType)
            $requestType.GetProperty('Kind').SetValue($request, [Enum]::Parse($services.GetType('AzImageTools.Services.Session.CredentialKind'), 'Sandbox'))
            $requestType.GetProperty('Handler').SetValue($request, $answers)
            $session = $services.GetType('AzImageTools.Services.Session.ImageSession').GetMethod('ConnectAsync').Invoke($null, @($request, $services.GetType('AzImageTools.Services.OperationContext').GetProperty('None').GetValue($null))).GetAwaiter().GetResult()
            $store = ($assemblies | Where-Object { $_.GetName().Name -eq 'AzImageTools' }).GetType('AzImageTools.Session.SessionStore')
            $flags = [Reflection.BindingFlags] 'Instance, Static, Public, NonPublic'
            $null = $store.GetMethod('Connect', $flags).Invoke($store.GetProperty('Current', $flags).GetValue($null), @($session, $cloud))
            $answers.Refuses = $Refuses
            $answers
        }
    }

    It 'is shown harmlessly in <name>' -ForEach @(
        @{ name = 'sources'; hasErrors = $true; run = { Get-AzImageSource } }
        @{ name = 'the context'; run = { Get-AzImageContext } }
        @{ name = 'uploads'; hasErrors = $true; run = { Get-AzVhdUpload -JournalPath $TestDrive; Send-AzVhd $disk -ResourceGroupName sandbox-rg -DiskName web1 -Readiness None -Verbose } }
        @{ name = 'images'; hasErrors = $true; run = { New-AzCapturedImage -ResourceGroupName sandbox-rg -VMName linux-vm -ImageName x -Force -Confirm:$false -Verbose } }
    ) {
        # The cause of an error keeps the lines that a service answered.
        $answers = Connect-Hostile $false
        if ($hasErrors) { $answers.Text = $line }
        $shown = @(Show-All $run)
        ($shown -join '') | Should -Not -BeNullOrEmpty
        Assert-Clean $shown
    }

    It 'is told harmlessly in errors of <name>' -ForEach @(
        @{ name = 'sources'; run = { Get-AzImageSource -Verbose } }
        @{ name = 'uploads to a disk'; run = { Send-AzVhd $disk -ResourceGroupName sandbox-rg -DiskName web2 -Readiness None -Verbose } }
        @{ name = 'captures'; run = { New-AzCapturedImage -ResourceGroupName sandbox-rg -VMName linux-vm -ImageName x -Force -Confirm:$false -Verbose } }
    ) {
        # The cause keeps the lines that a service answered, and what a view wraps may begin a line with any word.
        $answers = Connect-Hostile $true
        $ErrorActionPreference = 'Continue'
        $told = @(& $run 2>&1 | Where-Object { $_ -is [Management.Automation.ErrorRecord] })
        $told.Count | Should -BeGreaterThan 0
        foreach ($record in $told) { Assert-Clean $record.Exception.Message, "$record", $record.CategoryInfo.ToString(), $record.FullyQualifiedErrorId, "$($record.TargetObject)" }
        $answers.Text = $line
        $shown = @(Show-All $run)
        ($shown -join '').Contains([char] 0xFFFD) | Should -BeTrue -Because "$shown"
        Assert-Clean $shown
    }

    It 'offers no name that can not be typed' -ForEach 'New-AzCapturedImage -ResourceGroupName ', 'New-AzCapturedImage -ResourceGroupName sandbox-rg -VMName ', 'New-AzCapturedImage -ResourceGroupName sandbox-rg -GalleryName ' {
        $null = Connect-Hostile $false
        $found = [Management.Automation.CommandCompletion]::CompleteInput($_, $_.Length, $null).CompletionMatches
        Assert-Clean @($found | ForEach-Object { $_.CompletionText; $_.ListItemText; $_.ToolTip })
    }
}
