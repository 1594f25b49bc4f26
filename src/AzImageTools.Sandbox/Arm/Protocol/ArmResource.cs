using System.Globalization;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Guests;
using AzImageTools.Sandbox.Storage;

namespace AzImageTools.Sandbox.Arm.Protocol;

/// <summary>A resource as it is stored: the document its readers get, and what only the service knows. Used under the cloud's lock.</summary>
internal sealed class ArmResource
{
    /// <summary>The key of the OS disk in <see cref="Disks"/>.</summary>
    public const int OsDiskKey = -1;

    public ArmResource(ResourceId id, JsonObject document)
    {
        ResourceId = id;
        Id = id.ToId();
        Document = document;
        document["id"] = Id;
        document["name"] = id.Name;
        document["type"] = id.Type;
    }

    public ResourceId ResourceId { get; }

    public string Id { get; }

    public string Name => ResourceId.Name;

    /// <summary>When it was made first, as lists tell it (RFC 3339); null until it is added.</summary>
    public string? Created { get; set; }

    public JsonObject Document { get; set; }

    public JsonObject Properties => Document.Child("properties");

    public string Location => Document.Text("location") ?? "";

    /// <summary>The operation that is changing the resource.</summary>
    public ArmOperation? Operation { get; set; }

    /// <summary>What goes on beside it and hinders nothing: scripts that run, bytes that are copied.</summary>
    public List<ArmOperation> Background { get; } = [];

    /// <summary>The bytes of each of its disks by logical unit number, the OS disk's under -1. Never written once a resource that can be copied holds them, so that copies share them.</summary>
    public SortedDictionary<int, PageBlob> Disks { get; } = [];

    /// <summary>The addresses through which its bytes can be reached, as <see cref="CloudState.Grants"/> has them.</summary>
    public List<string> Grants { get; } = [];

    /// <summary>When read access to its bytes ends by itself (RFC 3339); null where there is none.</summary>
    public string? AccessEnds { get; set; }

    /// <summary>What a virtual machine is up to; null for other types.</summary>
    public MachineState? Machine { get; set; }

    /// <summary>The purchase plan of what an image was made from. Managed images don't tell it, and yet it is asked for.</summary>
    public PurchasePlan? Plan { get; set; }

    /// <summary>The addresses that a run command was given for its outputs, by property and with their signatures, which its document does not tell. Null where it has none.</summary>
    public Dictionary<string, string>? OutputAddresses { get; set; }

    /// <summary>The VM's guest state, of disks that were uploaded with it.</summary>
    public PageBlob? GuestState { get; set; }

    public PageBlob? OsDisk
    {
        get => Disks.TryGetValue(OsDiskKey, out var pages) ? pages : null;
        set
        {
            if (value is null)
            {
                Disks.Remove(OsDiskKey);
            }
            else
            {
                Disks[OsDiskKey] = value;
            }
        }
    }

    /// <summary>To be called whenever the resource is asked for: that counts as time passing, also for those who never ask for an operation.</summary>
    public void Poll(DateTimeOffset now)
    {
        Operation?.Poll(now);
        foreach (var operation in Background.ToList())
        {
            operation.Poll(now);
        }

        Background.RemoveAll(operation => operation.IsDone);
        if (AccessEnds is { } end && DateTimeOffset.Parse(end, CultureInfo.InvariantCulture) <= now)
        {
            RestAfterAccess();
        }
    }

    /// <summary>Read access has ended: the disk is what it was before.</summary>
    public void RestAfterAccess()
    {
        AccessEnds = null;
        if (Properties.Text("diskState") is "ActiveSAS")
        {
            Properties["diskState"] = Document.Text("managedBy") is null ? "Unattached" : "Reserved";
        }
    }
}

/// <summary>What a virtual machine is up to. Used under the cloud's lock.</summary>
internal sealed class MachineState
{
    public const string Running = "running";
    public const string Stopped = "stopped";
    public const string Deallocated = "deallocated";

    /// <summary>As in the status <c>PowerState/…</c>.</summary>
    public string Power { get; set; } = Running;

    public bool IsGeneralized { get; set; }

    /// <summary>V1 or V2.</summary>
    public required string Generation { get; init; }

    public string? Architecture { get; init; }

    public GuestRun Guest { get; } = new();
}
