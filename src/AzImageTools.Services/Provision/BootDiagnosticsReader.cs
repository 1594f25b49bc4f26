using System.Text;
using System.Text.Json;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.Storage.Blobs.Models;

namespace AzImageTools.Services.Provision;

/// <summary>Reads what a machine shows of itself, and saves it: the serial log, the screenshot, the instance view.</summary>
/// <param name="session">The session.</param>
/// <param name="machine">The machine.</param>
internal sealed class BootDiagnosticsReader(ImageSession session, ResourceIdentifier machine)
{
    /// <summary>The most of each that is read, in bytes: Azure keeps 1 MiB of a serial log, and a screenshot has some MiB.</summary>
    private const int Longest = 16 << 20;

    private const int MinutesOfAccess = 10;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly List<string> _problems = [];

    /// <summary>What the serial port wrote; null where it can't be had.</summary>
    public string? SerialLog { get; private set; }

    /// <summary>Where it was saved.</summary>
    public string? SerialLogPath { get; private set; }

    /// <summary>Where the screenshot was saved.</summary>
    public string? ScreenshotPath { get; private set; }

    /// <summary>Where the instance view was saved.</summary>
    public string? InstanceViewPath { get; private set; }

    /// <summary>What could not be had, a sentence each.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Reads what there is, and saves it in a folder. What can't be had is a problem, not a failure.</summary>
    /// <param name="folder">The folder, which is made; null to save nothing.</param>
    /// <param name="name">What the files' names begin with.</param>
    /// <param name="context">Cancellation.</param>
    public async Task ReadAsync(string? folder, string name, OperationContext context)
    {
        byte[]? serial = null;
        byte[]? screenshot = null;
        await TryAsync("The boot diagnostics", async () =>
        {
            Response<RetrieveBootDiagnosticsDataResult> answer = await session.Arm.GetVirtualMachineResource(machine).RetrieveBootDiagnosticsDataAsync(MinutesOfAccess, context.Cancellation).ConfigureAwait(false);
            await TryAsync("The serial log", async () => serial = await DownloadAsync(answer.Value.SerialConsoleLogBlobUri, context).ConfigureAwait(false)).ConfigureAwait(false);
            await TryAsync("The screenshot", async () => screenshot = folder is null ? null : await DownloadAsync(answer.Value.ConsoleScreenshotBlobUri, context).ConfigureAwait(false)).ConfigureAwait(false);
        }).ConfigureAwait(false);
        SerialLog = serial is null ? null : Encoding.UTF8.GetString(serial).Replace("\0", string.Empty);
        if (folder is not null)
        {
            SerialLogPath = Save(folder, $"{name}-serial.log", serial);
            ScreenshotPath = Save(folder, $"{name}-screenshot.bmp", screenshot);
            InstanceViewPath = Save(folder, $"{name}-instance-view.json", await ReadViewAsync(context).ConfigureAwait(false));
        }
    }

    private async Task<byte[]?> ReadViewAsync(OperationContext context)
    {
        byte[]? view = null;
        await TryAsync("The instance view", async () =>
        {
            JsonElement? document = await new ArmDocuments(session.Arm, machine, ApiVersions.Machines).FindAsync("instanceView", context.Cancellation).ConfigureAwait(false);
            view = document is null ? null : Encoding.UTF8.GetBytes(JsonSerializer.Serialize(document, Indented));
        }).ConfigureAwait(false);
        return view;
    }

    private async Task TryAsync(string what, Func<Task> read)
    {
        try
        {
            await AzureErrors.CallAsync($"Reading {what.ToLowerInvariant()} of '{machine.Name}'", machine.ToString(), read).ConfigureAwait(false);
        }
        catch (ImageServiceException failure)
        {
            _problems.Add($"{what} can't be had: {failure.Message}");
        }
    }

    private async Task<byte[]?> DownloadAsync(Uri? address, OperationContext context)
    {
        if (address is null)
        {
            return null;
        }

        Response<BlobDownloadStreamingResult> answer = await session.Storage.PageBlobWithSas(address).DownloadStreamingAsync(cancellationToken: context.Cancellation).ConfigureAwait(false);
        using BlobDownloadStreamingResult blob = answer.Value;
        using MemoryStream content = new();
        byte[] buffer = new byte[81_920];
        int count;
        while (content.Length < Longest && (count = await ReadAsync(blob.Content, buffer, context.Cancellation).ConfigureAwait(false)) > 0)
        {
            content.Write(buffer, 0, count);
        }

        return content.ToArray();
    }

#if NET
    private static ValueTask<int> ReadAsync(Stream content, byte[] buffer, CancellationToken cancellation) => content.ReadAsync(buffer, cancellation);
#else
    private static Task<int> ReadAsync(Stream content, byte[] buffer, CancellationToken cancellation) => content.ReadAsync(buffer, 0, buffer.Length, cancellation);
#endif

    private string? Save(string folder, string name, byte[]? content)
    {
        if (content is null)
        {
            return null;
        }

        string path = Path.Combine(folder, name);
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(path, content);
            return path;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            _problems.Add($"{path} can't be written: {problem.Message}");
            return null;
        }
    }
}
