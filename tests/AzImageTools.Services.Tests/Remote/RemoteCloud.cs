using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using AzImageTools.Disks;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Images;
using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Services.Remote;
using AzImageTools.Services.Session;
using AzImageTools.Services.Tests.Plans;
using AzImageTools.Services.Tests.Upload;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Tests.Remote;

/// <summary>A sandbox with disks to be read where they lie.</summary>
internal sealed class RemoteCloud : IDisposable
{
    private const int PageLimit = 4 << 20;
    private const string Group = "sandbox-rg";

    private readonly UploadCloud _uploads;
    private readonly HttpClient _http;

    private RemoteCloud(SandboxCloud cloud, UploadCloud uploads)
    {
        Cloud = cloud;
        _uploads = uploads;
        _http = new HttpClient(cloud.CreateHandler());
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "anything");
    }

    public SandboxCloud Cloud { get; }

    public ImageSession Session => _uploads.Session;

    public RecordingLog Log { get; } = new();

    public CancellationTokenSource Cancellation { get; } = new();

    public OperationContext Context => new() { Log = Log, Cancellation = Cancellation.Token };

    /// <summary>Where a blob lies.</summary>
    public static Uri BlobUri(string name) => new($"https://sandboximages.blob.core.windows.net/vhds/{name}");

    public static async Task<RemoteCloud> StartAsync(SandboxOptions? options = null, Func<HttpMessageHandler, HttpMessageHandler>? between = null)
    {
        SandboxCloud cloud = new(options);
        return new RemoteCloud(cloud, await UploadCloud.ConnectAsync(cloud, between?.Invoke(cloud.CreateHandler())));
    }

    /// <summary>A disk of the tests' data as the fixed VHD that Azure takes.</summary>
    public static string Convert(string disk, TempFolder folder)
    {
        using OpenedImage image = OpenedImage.Open(TestFile.Unpack($"disks/{disk}", folder));
        string path = folder.File("converted.vhd");
        VhdConverter.Prepare(image, path, new VhdConversionOptions()).Run();
        return path;
    }

    public string Id(string type, string name) => $"/subscriptions/{Session.Context.SubscriptionId}/resourceGroups/{Group}/providers/Microsoft.Compute/{type}/{name}";

    public async Task<RemoteDisk> OpenAsync(RemoteDiskRequest request) => await new RemoteDiskService(Session).OpenAsync(request, Context);

    /// <summary>Uploads a disk to a managed disk.</summary>
    public async Task<string> UploadDiskAsync(string path, string name)
    {
        await _uploads.UploadAsync(path, new ManagedDiskTarget(Group, name));
        return Id("disks", name);
    }

    /// <summary>Puts a fixed VHD into a page blob, with pages just where the file has data.</summary>
    public async Task<Uri> UploadBlobAsync(string path, string name)
    {
        Uri address = BlobUri(name);
        using OpenedImage image = OpenedImage.Open(path, new() { Format = DiskFormat.Vhd });
        using FileStream file = File.OpenRead(path);
        PageBlobClient blob = Session.Storage.PageBlob(address);
        await blob.CreateAsync(file.Length, new PageBlobCreateOptions());
        foreach (DiskExtent extent in image.Source.GetExtents(0, image.Source.Length).Append(new DiskExtent(image.Source.Length, file.Length - image.Source.Length)))
        {
            for (long offset = extent.Offset; offset < extent.End; offset += PageLimit)
            {
                byte[] pages = new byte[(int)Math.Min(PageLimit, extent.End - offset)];
                file.Position = offset;
                await file.ReadExactlyAsync(pages);
                await blob.UploadPagesAsync(new MemoryStream(pages), offset);
            }
        }

        return address;
    }

    public async Task<string> TakeSnapshotAsync(string diskId, string name, bool incremental = true)
    {
        string id = Id("snapshots", name);
        await SendAsync(HttpMethod.Put, id,
            $$"""
            {
              "location": "westeurope",
              "properties": { "incremental": {{(incremental ? "true" : "false")}}, "creationData": { "createOption": "Copy", "sourceResourceId": "{{diskId}}" } }
            }
            """);
        return id;
    }

    /// <summary>Stops a machine of the sandbox, and gives it a data disk.</summary>
    public async Task AttachAsync(string machine, string diskId, int lun, bool stop = true)
    {
        string id = Id("virtualMachines", machine);
        if (stop)
        {
            await SendAsync(HttpMethod.Post, id + "/deallocate", null);
        }

        await SendAsync(HttpMethod.Patch, id,
            $$"""
            { "properties": { "storageProfile": { "dataDisks": [ { "lun": {{lun}}, "createOption": "Attach", "managedDisk": { "id": "{{diskId}}" } } ] } } }
            """);
    }

    /// <summary>A resource as Azure tells it.</summary>
    public async Task<JsonObject> ReadAsync(string id) => JsonNode.Parse(await _http.GetStringAsync(Address(id)))!.AsObject();

    /// <summary>The names of all snapshots.</summary>
    public async Task<IReadOnlyList<string>> SnapshotsAsync()
        => [.. (await ReadAsync($"/subscriptions/{Session.Context.SubscriptionId}/providers/Microsoft.Compute/snapshots"))["value"]!.AsArray().Select(item => (string)item!["name"]!)];

    /// <summary>Asks Resource Manager, and waits until what was begun has ended.</summary>
    public async Task SendAsync(HttpMethod method, string id, string? body)
    {
        using HttpRequestMessage request = new(method, Address(id)) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        using HttpResponseMessage response = await _http.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        if (response.Headers.TryGetValues("Azure-AsyncOperation", out IEnumerable<string>? operation))
        {
            JsonNode status;
            do
            {
                status = JsonNode.Parse(await _http.GetStringAsync(new Uri(operation.Single())))!;
            }
            while ((string?)status["status"] == "InProgress");
            Assert.Equal("Succeeded", (string?)status["status"]);
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _uploads.Dispose();
        Cancellation.Dispose();
        Cloud.Dispose();
    }

    private static Uri Address(string id) => new($"https://management.azure.com{id}?api-version={(id.Contains("/locks/", StringComparison.Ordinal) ? "2020-05-01" : id.Contains("virtualMachines", StringComparison.Ordinal) ? "2023-07-01" : "2023-04-02")}");
}
