using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;
using AzImageTools.TestKit;
using Azure.Storage;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;

namespace AzImageTools.Tests.Secrecy;

/// <summary>
/// Uploads in PowerShell with a signature or an account's key in a variable: everything that is shown, transcribed, thrown,
/// kept in $Error, held by a job or left on the drive is searched for every secret that went over the wire.
/// </summary>
public sealed class PowerShellSecrecyTests
{
    private const string Script = """
        param([string] $Module, [string] $Disk, [string] $Folder)

        Import-Module $Module
        $PSStyle.OutputRendering = 'PlainText'
        function Join-Folder([string] $Name) { Join-Path $Folder $Name }

        # What the search has to find: the same words by the same ways.
        $null = Start-Transcript (Join-Folder 'control.txt')
        Write-Verbose $env:AZIMAGETOOLS_TEST_READONLY -Verbose
        $null = Stop-Transcript

        # With -Debug PowerShell would ask whether to go on at each warning and error.
        $loud = @{ Verbose = $true; Debug = $true; WarningAction = 'Continue'; ErrorAction = 'Continue'; JournalPath = Join-Folder 'journals'; ThrottleLimit = 1 }
        $null = New-Item -ItemType Directory $loud.JournalPath, (Join-Folder 'kept')

        $null = Start-Transcript (Join-Folder 'transcript.txt')
        foreach ($name in 'GOOD', 'READONLY', 'FORGED', 'REFUSED') {
            $plain = [Environment]::GetEnvironmentVariable("AZIMAGETOOLS_TEST_$name")
            foreach ($address in $plain, (ConvertTo-SecureString $plain -AsPlainText -Force)) {
                Send-AzVhd $Disk -SasUri $address -Force -Restart @loud | Format-List * -Force
                Get-ChildItem $loud.JournalPath | Copy-Item -Destination (Join-Folder 'kept')
                Send-AzVhd $Disk -SasUri $address -Verify @loud *>&1 | Format-List * -Force | Out-File (Join-Folder 'streams.txt') -Append -Width 1000
                $job = Send-AzVhd $Disk -SasUri $address -Force -AsJob @loud
                $null = $job | Wait-Job
                $job, $job.Output, $job.Error, $job.Warning, $job.Verbose, $job.Debug, $job.Progress, $job.Information |
                    ForEach-Object { $_ } | Format-List * -Force | Out-File (Join-Folder 'job.txt') -Append -Width 1000
                $job | Receive-Job -Wait -AutoRemoveJob
                Send-AzVhd $Disk -SasUri $address -Force -WhatIf @loud
                try { Send-AzVhd $Disk -SasUri $address -Readiness None -ErrorAction Stop } catch { $_ | Out-String -Width 1000; $_.Exception.ToString(); $_ | Format-List * -Force }
            }
        }

        # As New-AzStorageContext makes it: with the account's key.
        $context = [PSCustomObject]@{ StorageAccountName = 'devstoreaccount1'; ConnectionString = $env:AZIMAGETOOLS_TEST_KEY }
        $keyed = @{ StorageContext = $context; Container = 'vhds' }
        $upload = Send-AzVhd $Disk @keyed -BlobName keyed.vhd -Verify @loud
        $upload | Format-List * -Force
        "with the key: $($upload.Verified)"
        Send-AzVhd $Disk @keyed -BlobName refused.vhd -Force -Restart @loud
        Send-AzVhd $Disk @keyed -BlobName refused.vhd -Force @loud *>&1 | Format-List * -Force | Out-File (Join-Folder 'streams.txt') -Append -Width 1000
        Send-AzVhd $Disk -StorageContext $context -Container nosuch @loud

        $null = Connect-AzImageService -Sandbox
        Send-AzVhd $Disk -ResourceGroupName sandbox-rg @loud | Format-List * -Force
        Send-AzVhd $Disk -ResourceGroupName nobodys-rg @loud
        Get-AzVhdUpload -JournalPath $loud.JournalPath | Format-List * -Force
        $Error | Format-List * -Force
        $Error | ForEach-Object { Get-Error -InputObject $_ }
        $Error | ForEach-Object { $_.InvocationInfo | Format-List * -Force; $_.InvocationInfo.BoundParameters }
        "errors: $($Error.Count)"
        $null = Stop-Transcript
        """;

    [Fact]
    public async Task No_signature_and_no_key_is_in_a_transcript_a_stream_an_error_a_job_or_a_journal()
    {
        await using Azurite azurite = new();
        Uri account = await azurite.GetEndpointAsync();
        await using EchoingProxy proxy = new(account);
        using TempFolder source = new();
        using TempFolder folder = new();
        Dictionary<string, string> addresses = await SignAsync(account, proxy.Address);
        string output = await RunAsync(addresses, Path.Combine(RepositoryPaths.Module, "AzImageTools.psd1"), TestFile.Unpack("disks/ready-dynamic.vhd", source), folder);

        string control = Squeeze(await ReadAsync(folder.File("control.txt")));
        string transcript = await ReadAsync(folder.File("transcript.txt"));
        string[] files = [.. Directory.EnumerateFiles(folder.FullName, "*", SearchOption.AllDirectories).Where(path => !path.EndsWith("control.txt", StringComparison.Ordinal))];
        string said = Squeeze(string.Join('\n', [output, .. await Task.WhenAll(files.Select(ReadAsync))]));

        // All of it was looked at: what worked, what failed and why, and what can be continued.
        Assert.Contains("VERBOSE: ", transcript, StringComparison.Ordinal);
        Assert.Contains("Verified:True", Squeeze(transcript), StringComparison.Ordinal);
        Assert.Contains("AuthorizationPermissionMismatch", transcript, StringComparison.Ordinal);
        Assert.Contains("You asked for ", transcript, StringComparison.Ordinal);
        Assert.Contains("with the key: True", transcript, StringComparison.Ordinal);
        Assert.Contains(files, path => Path.GetDirectoryName(path) == folder.File("kept"));
        Assert.Contains("State:Failed", Squeeze(await ReadAsync(folder.File("job.txt"))), StringComparison.Ordinal);

        Assert.NotEmpty(proxy.Secrets);
        Assert.Contains(proxy.Secrets, secret => control.Contains(secret, StringComparison.Ordinal));
        Assert.All(proxy.Secrets, secret => AssertUnsaid(secret, said));
        Assert.DoesNotContain("sig=", said.Replace("sig=***", string.Empty, StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Bearer", said, StringComparison.Ordinal);
        Assert.DoesNotContain(Azurite.AccountKey, said, StringComparison.Ordinal);
    }

    /// <summary>Addresses of blobs by way of the proxy, each with a signature of its own, in which nothing tells of host or port; and a connection with the key.</summary>
    private static async Task<Dictionary<string, string>> SignAsync(Uri account, Uri proxy)
    {
        StorageSharedKeyCredential credential = new(Azurite.AccountName, Azurite.AccountKey);
        await new Azure.Storage.Blobs.BlobServiceClient(account, credential).CreateBlobContainerAsync("vhds");
        string Sign(string name, BlobSasPermissions permissions)
        {
            Uri signed = new PageBlobClient(new Uri($"{account}/vhds/{name}"), credential).GenerateSasUri(permissions, DateTimeOffset.UtcNow.AddHours(1));
            return new UriBuilder(signed) { Port = proxy.Port }.Uri.AbsoluteUri;
        }

        string good = Sign("good.vhd", BlobSasPermissions.All);
        return new Dictionary<string, string>
        {
            ["GOOD"] = good,
            ["READONLY"] = Sign("readonly.vhd", BlobSasPermissions.Read),
            ["FORGED"] = good.Replace("good.vhd", "forged.vhd", StringComparison.Ordinal),
            ["REFUSED"] = Sign(EchoingProxy.RefusedBlob, BlobSasPermissions.All),
            ["KEY"] = $"DefaultEndpointsProtocol=http;AccountName={Azurite.AccountName};AccountKey={Azurite.AccountKey};BlobEndpoint={proxy}{Azurite.AccountName};",
        };
    }

    private static async Task<string> RunAsync(Dictionary<string, string> addresses, string module, string disk, TempFolder folder)
    {
        using TempFolder scripts = new();
        string script = scripts.File("upload.ps1");
        await File.WriteAllTextAsync(script, Script);
        ProcessStartInfo start = new("dotnet", PowerShellProgram.Arguments("-File", script, module, disk, folder.FullName))
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string address) in addresses)
        {
            start.Environment[$"AZIMAGETOOLS_TEST_{name}"] = address;
        }

        using Process process = Process.Start(start) ?? throw new Win32Exception("PowerShell did not start.");
        string[] said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        int end = said[0].LastIndexOf("errors: ", StringComparison.Ordinal);
        Assert.True(end >= 0, $"The script did not come to its end:\n{said[0]}{said[1]}");

        // What the search has to find was shown too, at the very beginning.
        return string.Join('\n', said)[said[0].IndexOf('\n')..];
    }

    private static Task<string> ReadAsync(string path) => File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);

    /// <summary>The text as it was before it was broken into lines: PowerShell breaks it anywhere, and begins the lines of errors with a bar.</summary>
    private static string Squeeze(string text) => Regex.Replace(text, @"[\s|]+", string.Empty);

    private static void AssertUnsaid(string secret, string said)
    {
        int found = said.IndexOf(secret, StringComparison.OrdinalIgnoreCase);
        Assert.True(found < 0, $"A signature follows what was said here: {said[Math.Max(0, found - 300)..Math.Max(0, found)]}");
    }
}
