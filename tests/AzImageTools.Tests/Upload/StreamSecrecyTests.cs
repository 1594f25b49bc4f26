using System.Collections.Concurrent;
using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Text.RegularExpressions;
using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Faults;

namespace AzImageTools.Tests.Upload;

/// <summary>All streams of Send-AzVhd with every message on, its errors and its journal, searched for all that was secret on the wire.</summary>
public sealed class StreamSecrecyTests : IDisposable
{
    private readonly SandboxCloud _cloud = new();

    public void Dispose() => _cloud.Dispose();

    [Theory]
    [InlineData("-ResourceGroupName sandbox-rg -DiskName web01", 2)]
    [InlineData("-ResourceGroupName sandbox-rg -DiskName web01 -DataAccessAuthMode AzureActiveDirectory", 2)]
    [InlineData("-StorageAccountName sandboximages -Container vhds", 1)]
    public void No_token_and_no_signature_is_in_any_stream_error_or_journal(string target, int refusals)
    {
        ConcurrentDictionary<string, bool> secrets = [];
        using WatchingHandler watching = new(_cloud.CreateHandler(), secrets);
        using SendAzVhdSession session = new(_cloud, watching);
        _cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Status, Operation = "page", Status = 503, RetryAfter = TimeSpan.Zero });
        _cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Status, Operation = "page", After = 3, Status = 403, ErrorCode = "AuthorizationFailure", Times = refusals });
        string command = $"$VerbosePreference = 'Continue'; $DebugPreference = 'Continue'; Send-AzVhd $disk -ThrottleLimit 1 -Readiness Warn {target}";

        using PowerShell first = session.Script(command, ("disk", session.CreateDisk("a.raw")));
        string said = SendAzVhdSession.Said(first, first.Invoke());
        said += File.ReadAllText(Assert.Single(Directory.GetFiles(session.Folder.FullName, "*.azupload")));
        using PowerShell second = session.Script($"{command} -Verify");
        Collection<PSObject> output = second.Invoke();
        said += SendAzVhdSession.Said(second, output);
        using PowerShell third = session.Script(command);
        said += SendAzVhdSession.Said(third, third.Invoke());

        Assert.Single(first.Streams.Error);
        Assert.Empty(second.Streams.Error);
        Assert.Single(output);
        Assert.Single(third.Streams.Error);
        Assert.NotEmpty(second.Streams.Verbose);
        Assert.NotEmpty(secrets);
        Assert.All(secrets.Keys, secret => Assert.False(said.Contains(secret, StringComparison.OrdinalIgnoreCase), "a secret is in what was said"));
        Assert.DoesNotContain("sig=", said);
        Assert.DoesNotContain("Bearer", said);
    }

    [Fact]
    public void No_token_and_no_signature_is_in_what_any_cmdlet_tells_with_Verbose_and_Debug()
    {
        ConcurrentDictionary<string, bool> secrets = [];
        using WatchingHandler watching = new(_cloud.CreateHandler(), secrets);
        using SendAzVhdSession session = new(_cloud, watching);
        string all = """
            $VerbosePreference = 'Continue'; $DebugPreference = 'Continue'; $ConfirmPreference = 'None'
            Get-AzImageContext
            Get-AzImageSource
            Get-AzVhdInfo $disk
            Get-AzVhdItem $disk /
            Copy-AzVhdItem $disk / $disks
            Get-AzVhdRegistryValue $disk HKLM:\SOFTWARE
            Convert-AzVhd $disk (Join-Path $disks converted.vhd)
            Get-AzImageReadinessRule -Id BashHistory
            $report = Test-SysprepReadiness $disk
            Test-DeprovisionReadiness $disk
            $report | Export-AzImageReadinessReport (Join-Path $disks report.json)
            $upload = Send-AzVhd $disk -ResourceGroupName sandbox-rg -DiskName web01 -Readiness None
            New-AzVhdImage -ImageName web01 -ResourceId $upload.Id -OsType Linux -HyperVGeneration V2
            Receive-AzVhd (Join-Path $disks received.vhd) -ResourceGroupName sandbox-rg -DiskName web01
            Copy-AzVhd -ResourceGroupName sandbox-rg -DiskName web01 -DestinationStorageAccountName sandboximages -DestinationContainer vhds -DestinationBlobName copied.vhd
            Publish-AzImageVersion sandboxGallery web -ResourceId $upload.Id -OsType Linux -HyperVGeneration V2
            Copy-AzImageVersion sandbox-rg sandboxGallery ubuntu 1.0.0 -DestinationGalleryName sandboxGallery -DestinationGalleryImageDefinitionName copied -Sku copied
            Wait-AzImageVersion sandbox-rg sandboxGallery ubuntu 1.0.0
            Set-AzImageVersion sandbox-rg sandboxGallery ubuntu 1.0.0 -ExcludeFromLatest $false
            Get-AzImageConsumer
            Remove-AzStaleImageVersion sandbox-rg sandboxGallery -KeepNewest 3
            Restore-AzImageVersion sandbox-rg sandboxGallery ubuntu 1.0.0 -ErrorAction SilentlyContinue
            Repair-AzVhd $disk
            Set-AzVhdRegistryValue $disk HKLM\SYSTEM\Select Current 1 -Type DWord
            Get-AzVhdRepair $disk
            Undo-AzVhdRepair $disk -Force
            New-AzImageVM third sandbox-rg -Urn Canonical:ubuntu-24_04-lts:server:latest -UserName admin1 -SshPublicKey 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH0x'
            Test-AzImageBoot -Urn Canonical:ubuntu-24_04-lts:server:latest -Location westeurope -OutputPath $disks
            Get-AzVhdUpload -JournalPath $disks
            Stop-AzVhdUpload -ResourceGroupName sandbox-rg -DiskName web01
            Backup-AzVMDisk sandbox-rg linux-vm -BackupName saved
            Get-AzVMBackup sandbox-rg
            Restore-AzVMBackup sandbox-rg saved -NewVMName second
            Invoke-AzVMGeneralization sandbox-rg linux-vm
            New-AzCapturedImage sandbox-rg linux-vm captured
            Remove-AzImageLeftover
            Connect-AzImageService -Sandbox
            Disconnect-AzImageService
            """;
        using PowerShell shell = session.Script(all, ("disk", session.CreateDisk("a.raw")));

        string said = SendAzVhdSession.Said(shell, shell.Invoke());

        Assert.All(SendAzVhdSession.Cmdlets.Keys, name => Assert.Contains(name, all, StringComparison.Ordinal));
        Assert.Contains("/images is answered 200 with ", said, StringComparison.Ordinal);
        Assert.Contains("Authorization: ***", said, StringComparison.Ordinal);
        Assert.NotEmpty(secrets);
        Assert.All(secrets.Keys, secret => Assert.False(said.Contains(secret, StringComparison.OrdinalIgnoreCase), "a secret is in what was said"));
        Assert.DoesNotContain("sig=", said);
        Assert.DoesNotContain("Bearer", said);
    }

    /// <summary>Notes the tokens and signatures of all requests.</summary>
    private sealed class WatchingHandler(HttpMessageHandler inner, ConcurrentDictionary<string, bool> secrets) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Headers.Authorization?.Parameter is { } token)
            {
                secrets[token] = true;
            }

            if (Regex.Match(request.RequestUri!.Query, "[?&]sig=([^&]+)") is { Success: true } signature)
            {
                secrets[signature.Groups[1].Value] = true;
                secrets[Uri.UnescapeDataString(signature.Groups[1].Value)] = true;
            }

            return base.SendAsync(request, cancellationToken);
        }
    }
}
