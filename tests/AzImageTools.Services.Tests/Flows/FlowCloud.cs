using System.Diagnostics;
using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Services.Session;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Flows;

/// <summary>A sandbox that flows run in, each with a client of its own, and the folder in which a user's clients leave notes for each other.</summary>
internal sealed class FlowCloud : IDisposable
{
    private readonly SandboxCloud _cloud;
    private readonly List<IDisposable> _owned = [];

    private FlowCloud(int operationPolls)
    {
        _cloud = new SandboxCloud(new SandboxOptions { TimeProvider = Time, CopiesAtOnce = true, OperationPolls = operationPolls });
        Folder = NewFolder();
    }

    public FlowTime Time { get; } = new();

    /// <summary>What stays of clients on the user's machine.</summary>
    public string Folder { get; private set; }

    public SandboxCloud Sandbox => _cloud;

    public SandboxAccess Access => _cloud.Access;

    /// <summary>Begins a cloud in which a flow can run.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="operationPolls">How often each operation is asked for until it is over.</param>
    public static async Task<FlowCloud> PrepareAsync(Flow flow, int operationPolls = 1)
    {
        FlowCloud cloud = new(operationPolls);
        try
        {
            using FlowRun preparing = await cloud.ConnectAsync();
            await flow.Prepare(preparing);
            return cloud;
        }
        catch
        {
            cloud.Dispose();
            throw;
        }
    }

    /// <summary>A client, as a process of its own would be one.</summary>
    /// <param name="fault">What goes wrong with it; null for nothing.</param>
    /// <param name="at">With which call.</param>
    /// <param name="isBeside">Whether it works beside another, on things of its own.</param>
    public async Task<FlowRun> ConnectAsync(FlowFault? fault = null, int at = -1, bool isBeside = false)
    {
        FaultWire wire = new(_cloud.CreateHandler(), fault, at);
        ImageSession session = await ImageSession.ConnectAsync(
            new ConnectRequest { Kind = CredentialKind.Sandbox, Handler = wire, SandboxId = _cloud.Id, RunFolder = Folder }, new OperationContext { Time = Time });
        FlowRun run = new(this, session, wire) { IsBeside = isBeside };
        wire.Stop = fault == FlowFault.Killed ? Kill : run.Cancel;
        wire.IsCounting = true;
        return run;
    }

    /// <summary>Runs a flow to its end, whichever it is.</summary>
    public async Task<FlowEnd> RunAsync(Flow flow, FlowFault? fault = null, int at = -1, bool isBeside = false)
    {
        using FlowRun run = await ConnectAsync(fault, at, isBeside);
        try
        {
            object result = await flow.Run(run);
            return new FlowEnd(run, result, null);
        }
        catch (Exception exception) when (exception is ImageServiceException or OperationCanceledException || (exception is ObjectDisposedException && fault == FlowFault.Killed))
        {
            return new FlowEnd(run, null, exception);
        }
    }

    /// <summary>Deletes a resource, as the user does who was told to.</summary>
    public async Task DeleteAsync(string id)
    {
        using HttpClient client = CreateClient();
        string address = CloudListing.AddressOf(id);
        (await client.DeleteAsync(new Uri(address))).EnsureSuccessStatusCode();
        while ((await client.GetAsync(new Uri(address))).IsSuccessStatusCode)
        {
        }
    }

    /// <summary>Sends what no model of the SDK has.</summary>
    public async Task SendAsync(HttpRequestMessage request)
    {
        using HttpClient client = CreateClient();
        (await client.SendAsync(request)).EnsureSuccessStatusCode();
    }

    public async Task<CloudListing> ListAsync()
    {
        using HttpClient client = CreateClient();
        return await CloudListing.ReadAsync(client, _cloud.SubscriptionId);
    }

    public void Dispose()
    {
        _cloud.Dispose();
        _owned.ForEach(owned => owned.Dispose());
    }

    private HttpClient CreateClient()
    {
        HttpClient client = new(_cloud.CreateHandler());
        client.DefaultRequestHeaders.Authorization = new("Bearer", "test");
        return client;
    }

    /// <summary>What a killed client has written stays as it is; what it would write yet is never seen.</summary>
    private void Kill()
    {
        string left = Folder;
        Folder = NewFolder();
        if (Directory.EnumerateFileSystemEntries(left).Any())
        {
            // It holds files open that nobody else may: cp does not ask.
            using Process copy = Process.Start("cp", ["-r", left + "/.", Folder]);
            copy.WaitForExit();
            Assert.Equal(0, copy.ExitCode);
        }
    }

    private string NewFolder()
    {
        TempFolder folder = new();
        _owned.Add(folder);
        return folder.FullName;
    }
}

/// <summary>How a flow ended.</summary>
/// <param name="Run">The client.</param>
/// <param name="Result">What it made; null where it failed.</param>
/// <param name="Failure">Why it failed; null where it did not.</param>
internal sealed record FlowEnd(FlowRun Run, object? Result, Exception? Failure)
{
    /// <summary>All that the user was told at the end.</summary>
    public string Told => string.Join("\n", Run.Log.Warnings.Prepend(Failure?.Message ?? string.Empty));
}
