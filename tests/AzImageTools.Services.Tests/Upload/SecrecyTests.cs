using System.Text;
using System.Text.RegularExpressions;
using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Faults;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Tests.Plans;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>Everything an upload says to anyone, and everything it leaves on the drive, searched for every secret that went over the wire.</summary>
public sealed class SecrecyTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly SandboxCloud _cloud = new();

    public void Dispose()
    {
        _cloud.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("disk")]
    [InlineData("disk with sign-in")]
    [InlineData("blob")]
    [InlineData("sas")]
    public async Task No_signature_and_no_token_is_in_any_message_error_result_or_journal(string kind)
    {
        HashSet<string> secrets = [];
        using HookHandler hook = new(_cloud.CreateHandler(), request => Collect(request, secrets));
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud, hook, token: "Zm9yLXlvdXItZXllcy1vbmx5LTEyMzQ1Njc4OTA");
        string source = RawDisk.Create(_folder);
        UploadTarget target = kind switch
        {
            "disk" => new ManagedDiskTarget("sandbox-rg", "web01"),
            "disk with sign-in" => new ManagedDiskTarget("sandbox-rg", "web01") { DataAccessAuthMode = "AzureActiveDirectory" },
            "blob" => new PageBlobTarget("sandboximages", "vhds", "web01.vhd"),
            _ => new SasTarget(_cloud.CreateBlobSas("sandboximages", "vhds", "web01.vhd", "rcwd", DateTimeOffset.UtcNow.AddHours(1)).AbsoluteUri),
        };
        RecordingLog log = new();
        RecordingProgress progress = new();
        OperationContext context = new() { Log = log, Progress = progress };
        StringBuilder said = new();
        _cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Status, Operation = "page", Status = 503, Times = 2 });
        _cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Reset, Operation = "page", After = 4 });
        _cloud.Inject(UploadCloud.FailingPages(kind.Split(' ')[0], after: 12));

        PlanFailedException error = await Assert.ThrowsAsync<PlanFailedException>(() => cloud.UploadAsync(source, target, throttleLimit: 1, context: context));
        said.AppendLine(error.ToString()).AppendLine(error.Target?.ToString());
        said.AppendLine(await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(_folder.FullName, "*" + UploadJournal.Extension)), TestContext.Current.CancellationToken));
        UploadRequest again = new() { Path = source, Target = target, Verify = true };
        Plan<VhdUpload> plan = await Uploads.PlanAsync(cloud.Session, again, context);
        said.AppendLine(again.ToString()).AppendLine(plan.ToString());
        said.AppendLine((await PlanRunner.RunAsync(plan, context)).ToString());
        said.AppendLine((await Assert.ThrowsAnyAsync<ImageServiceException>(() => cloud.UploadAsync(source, target, context: context))).ToString());
        said.AppendJoin('\n', [.. log.Messages, .. log.Warnings, .. progress.Reports.Select(report => report.ToString())]);

        string text = said.ToString();
        Assert.NotEmpty(secrets);
        Assert.NotEmpty(log.Messages);
        Assert.All(secrets, secret => Assert.False(text.Contains(secret, StringComparison.OrdinalIgnoreCase), "a secret is in what was said"));
        Assert.DoesNotContain("sig=", text);
        Assert.DoesNotContain("Bearer", text);
    }

    private static void Collect(HttpRequestMessage request, HashSet<string> secrets)
    {
        lock (secrets)
        {
            if (request.Headers.Authorization?.Parameter is { } token)
            {
                secrets.Add(token);
            }

            if (Regex.Match(request.RequestUri!.Query, "[?&]sig=([^&]+)") is { Success: true } signature)
            {
                secrets.Add(signature.Groups[1].Value);
                secrets.Add(Uri.UnescapeDataString(signature.Groups[1].Value));
            }
        }
    }
}
