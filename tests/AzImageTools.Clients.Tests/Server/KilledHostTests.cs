using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AzImageTools.TestKit;

namespace AzImageTools.Clients.Tests.Server;

/// <summary>A host whose process is killed while clients upload and change things.</summary>
public sealed class KilledHostTests
{
    private const int Chunk = 64 << 10;

    /// <summary>The least that a managed disk is uploaded with: 20 MiB and the footer.</summary>
    private const int Size = (20 << 20) + 512;

    private const string Disk = "/resourceGroups/sandbox-rg/providers/Microsoft.Compute/disks/uploaded";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task What_was_kept_before_the_kill_is_there_and_the_upload_goes_on()
    {
        using TempFolder folder = new();
        string state = folder.File("state");
        List<string> groups = [];
        List<int> chunks = [];
        Uri sas;
        (string[] Groups, int[] Chunks) kept;
        await using (HostProgram first = await HostProgram.StartAsync("--state", state))
        {
            using HttpClient client = first.CreateClient();
            sas = await BeginUploadAsync(client, first);
            Task uploading = UntilItBreaks(async number => await PutAsync(client, sas, number % (Size / Chunk)), chunks);
            Task changing = UntilItBreaks(
                async number =>
                {
                    string group = string.Create(CultureInfo.InvariantCulture, $"/resourceGroups/group{number}");
                    await SendAsync(client, HttpMethod.Put, first.Manager(group, "2021-04-01"), new JsonObject { ["location"] = "westeurope" });
                    return group;
                },
                groups);
            await WaitAsync(() => Task.FromResult(Count(groups) > 3 && Count(chunks) > 20));
            kept = (Copy(groups), Copy(chunks));

            // The second writing from now on was begun after the first had ended: it knows all of these.
            await WaitForWritingAsync(state);
            await WaitForWritingAsync(state);
            await first.KillAsync();
            await Task.WhenAll(uploading, changing);
        }

        await using HostProgram second = await HostProgram.StartAsync("--state", state);
        using HttpClient next = second.CreateClient();
        foreach (string group in kept.Groups)
        {
            JsonObject found = await SendAsync(next, HttpMethod.Get, second.Manager(group, "2021-04-01"));
            Assert.Equal("Succeeded", (string?)found["properties"]!["provisioningState"]);
        }

        foreach (int chunk in kept.Chunks)
        {
            Assert.Equal(Content(chunk), await ReadAsync(next, sas, chunk));
        }

        JsonObject disk = await SendAsync(next, HttpMethod.Get, second.Manager(Disk));
        Assert.Equal("ActiveUpload", (string?)disk["properties"]!["diskState"]);
        for (int chunk = 0; chunk <= Size / Chunk; chunk++)
        {
            await PutAsync(next, sas, chunk);
        }

        for (int chunk = 0; chunk <= Size / Chunk; chunk++)
        {
            Assert.Equal(Content(chunk), await ReadAsync(next, sas, chunk));
        }

        await SendAsync(next, HttpMethod.Post, second.Manager(Disk + "/endGetAccess"));
        await WaitAsync(async () => (string?)(await SendAsync(next, HttpMethod.Get, second.Manager(Disk)))["properties"]!["diskState"] == "Unattached");
    }

    private static async Task<Uri> BeginUploadAsync(HttpClient client, HostProgram host)
    {
        JsonObject body = new()
        {
            ["location"] = "westeurope",
            ["sku"] = new JsonObject { ["name"] = "Standard_LRS" },
            ["properties"] = new JsonObject { ["creationData"] = new JsonObject { ["createOption"] = "Upload", ["uploadSizeBytes"] = Size } },
        };
        await SendAsync(client, HttpMethod.Put, host.Manager(Disk), body);
        await WaitAsync(async () => (string?)(await SendAsync(client, HttpMethod.Get, host.Manager(Disk)))["properties"]!["diskState"] == "ReadyToUpload");
        using HttpRequestMessage request = new(HttpMethod.Post, host.Manager(Disk + "/beginGetAccess"))
        {
            Content = JsonContent.Create(new JsonObject { ["access"] = "Write", ["durationInSeconds"] = 3600 }),
        };
        request.Headers.Add("Authorization", "Bearer any");
        using HttpResponseMessage accepted = await client.SendAsync(request);
        JsonObject granted = [];
        await WaitAsync(async () => (granted = await SendAsync(client, HttpMethod.Get, accepted.Headers.Location!))["accessSAS"] is not null);
        return new Uri((string)granted["accessSAS"]!);
    }

    /// <summary>The pages of a chunk of the disk, each chunk's its own; the last one is the footer of a fixed VHD.</summary>
    private static byte[] Content(int chunk)
    {
        if (chunk == Size / Chunk)
        {
            return Footer();
        }

        byte[] content = new byte[Chunk];
        new Random(chunk).NextBytes(content);
        return content;
    }

    private static byte[] Footer()
    {
        byte[] bytes = new byte[512];
        Span<byte> footer = bytes;
        "conectix"u8.CopyTo(footer);
        BinaryPrimitives.WriteUInt64BigEndian(footer[48..], Size - 512);
        BinaryPrimitives.WriteUInt32BigEndian(footer[60..], 2);
        BinaryPrimitives.WriteUInt32BigEndian(footer[64..], ~(uint)bytes.Sum(value => value));
        return bytes;
    }

    private static async Task<int> PutAsync(HttpClient client, Uri sas, int chunk)
    {
        byte[] content = Content(chunk);
        using HttpRequestMessage request = new(HttpMethod.Put, sas + "&comp=page") { Content = new ByteArrayContent(content) };
        request.Headers.Add("x-ms-page-write", "update");
        request.Headers.Add("x-ms-range", Range(chunk, content.Length));
        using HttpResponseMessage answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return chunk;
    }

    private static async Task<byte[]> ReadAsync(HttpClient client, Uri sas, int chunk)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, sas);
        request.Headers.Add("x-ms-range", Range(chunk, Content(chunk).Length));
        using HttpResponseMessage answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        return await answer.Content.ReadAsByteArrayAsync();
    }

    private static string Range(int chunk, int length) => string.Create(CultureInfo.InvariantCulture, $"bytes={chunk * Chunk}-{(chunk * Chunk) + length - 1}");

    /// <summary>An answer of Resource Manager; empty where it has no body.</summary>
    private static async Task<JsonObject> SendAsync(HttpClient client, HttpMethod method, Uri address, JsonObject? body = null)
    {
        using HttpRequestMessage request = new(method, address) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Add("Authorization", "Bearer any");
        using HttpResponseMessage answer = await client.SendAsync(request);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return text.Length == 0 ? [] : JsonNode.Parse(text)!.AsObject();
    }

    /// <summary>Does one after the other, and notes what was answered, until there is no host any more.</summary>
    private static async Task UntilItBreaks<T>(Func<int, Task<T>> action, List<T> answered)
    {
        try
        {
            for (int number = 0; ; number++)
            {
                T done = await action(number);
                lock (answered)
                {
                    answered.Add(done);
                }
            }
        }
        catch (HttpRequestException)
        {
        }
    }

    private static int Count<T>(List<T> answered)
    {
        lock (answered)
        {
            return answered.Count;
        }
    }

    private static T[] Copy<T>(List<T> answered)
    {
        lock (answered)
        {
            return [.. answered];
        }
    }

    private static Task WaitForWritingAsync(string state)
    {
        string file = Path.Combine(state, "state.json");
        DateTime before = File.GetLastWriteTimeUtc(file);
        return WaitAsync(() => Task.FromResult(File.GetLastWriteTimeUtc(file) != before));
    }

    private static async Task WaitAsync(Func<Task<bool>> condition)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(waited.Elapsed < Patience, "It does not come about.");
            await Task.Delay(Pause);
        }
    }
}
