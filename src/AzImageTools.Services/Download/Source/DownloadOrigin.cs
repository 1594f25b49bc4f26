using System.Runtime.InteropServices;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Target;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Download.Source;

/// <summary>What is brought down, as far as reading tells it.</summary>
internal abstract class DownloadOrigin
{
    /// <summary>What names it: a page blob's address without signature, a disk's or snapshot's resource id.</summary>
    public abstract string Id { get; }

    /// <summary>Its name, without an extension for disk images.</summary>
    public abstract string Name { get; }

    /// <summary>It as the middle of a sentence: <c>snapshot 'web01' in resource group 'web'</c>.</summary>
    public abstract string Description { get; }

    /// <summary>The disk's capacity in bytes.</summary>
    public abstract long Capacity { get; }

    /// <summary>By what a later run knows whether it is still the same.</summary>
    public abstract SourceIdentity Identity { get; }

    /// <summary>What has to be done in Azure before it can be read, and is undone where something fails.</summary>
    public virtual IReadOnlyList<Step> Before => [];

    /// <summary>What is to be done in Azure when it has been read.</summary>
    public virtual IReadOnlyList<Step> After => [];

    /// <summary>Finds out, reading only, what is there.</summary>
    /// <param name="session">The session; null only where the source carries its own credential.</param>
    /// <param name="source">What to bring down.</param>
    /// <param name="context">Log, cancellation, clock.</param>
    /// <exception cref="ImageServiceException">It is not there, or can't be read as it is.</exception>
    public static async Task<DownloadOrigin> FindAsync(ImageSession? session, DownloadSource source, OperationContext context)
        => source switch
        {
            ManagedSource managed => await ManagedOrigin.FindAsync(ImageSession.Require(session), managed, context).ConfigureAwait(false),
            PageBlobSource blob => await PageBlobOrigin.FindAsync(PageBlobAccess.Open(session, blob.Blob, context.Time), session?.Storage, context).ConfigureAwait(false),
            _ => throw new ArgumentOutOfRangeException(nameof(source), source, "There is no such source."),
        };

    /// <summary>Opens its pages, once the steps before are done.</summary>
    public abstract OpenPages Open();

    /// <summary>Whether it is read with a token of the session, which goes to Azure alone.</summary>
    public virtual bool NeedsToken => false;

    /// <summary>Whether each read of its bytes takes a sign-in for managed disks beside a signature.</summary>
    public virtual bool AsksForSignIn => false;

    /// <summary>By what a service reads its pages for us, once the steps before are done.</summary>
    /// <param name="refused">What the service took no more; null for nothing.</param>
    /// <param name="context">Cancellation and clock.</param>
    public abstract Task<CopyAddress> SignAsync(CopyAddress? refused, OperationContext context);
}

/// <summary>By what a service reads pages for somebody.</summary>
/// <param name="Address">The address, with a signature where there is one: a secret.</param>
/// <param name="Token">A token beside it; null for none.</param>
internal sealed record CopyAddress(Uri Address, string? Token)
{
    /// <summary>Never the signature.</summary>
    public override string ToString() => SecretText.WithoutQuery(Address).AbsoluteUri;
}

/// <summary>Pages that can be read.</summary>
/// <param name="Blob">The blob.</param>
/// <param name="ETag">What it has to be still; null where it takes no conditions.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct OpenPages(PageBlobClient Blob, string? ETag);
