using AzImageTools.Services.Upload.Source;

namespace AzImageTools.Services.Upload.Resume;

/// <summary>What an upload's journal begins with. Nothing in it is a secret.</summary>
internal sealed record JournalHeader
{
    /// <summary>The journal's layout that this version writes and reads.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The journal's layout.</summary>
    public required int Version { get; init; }

    /// <summary>The run that created the target, which carries it.</summary>
    public required string RunId { get; init; }

    /// <summary>The lease that is held on a page blob while it is written.</summary>
    public required Guid LeaseId { get; init; }

    /// <summary>The target: a page blob's address without signature, or a managed disk's resource id.</summary>
    public required string Target { get; init; }

    /// <summary>The length of the target in bytes, footer included.</summary>
    public required long Length { get; init; }

    /// <summary>When the upload began.</summary>
    public required DateTimeOffset Begun { get; init; }

    /// <summary>The disk that is uploaded.</summary>
    public required SourceIdentity Source { get; init; }

    /// <summary>The sandbox that has the target (<see cref="Session.ConnectRequest.SandboxId"/>); null for Azure.</summary>
    public string? SandboxId { get; init; }

    /// <summary>Whether what the guest's file systems have as free counts as zero.</summary>
    public bool SkipsFreeSpace { get; init; }

    /// <summary>What the changes that are sent with the disk are known by; null where there are none.</summary>
    public string? RepairSum { get; init; }
}
