using System.Collections.Concurrent;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Temporary;

/// <summary>
/// A run that makes something for a while. What it makes it announces before, gives it the tags that this returns, and removes it at the end. What
/// is left when it is killed is found, and proved to be its own, by the manifest of this machine and by these tags (<see cref="LeftoverJudge"/>).
/// While it lives it renews its lease. Thread-safe.
/// </summary>
internal sealed class TemporaryRun : IAsyncDisposable
{
    /// <summary>How long a run is taken for alive after its last beat.</summary>
    internal static readonly TimeSpan Lease = TimeSpan.FromHours(1);

    /// <summary>How often the lease is renewed: three beats may fail.</summary>
    internal static readonly TimeSpan BeatInterval = TimeSpan.FromMinutes(15);

    private readonly ImageSession _session;
    private readonly IReadOnlyDictionary<string, string>? _userTags;
    private readonly OperationContext _context;
    private readonly ServiceClock _clock;
    private readonly RunIdentity _run;
    private readonly RunManifest? _manifest;
    private readonly ConcurrentDictionary<ResourceIdentifier, bool> _made = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _beating;
    private int _isEnded;

    private TemporaryRun(ImageSession session, IReadOnlyDictionary<string, string>? userTags, OperationContext context, ServiceClock clock, RunIdentity run)
    {
        _session = session;
        _userTags = userTags;
        _context = context;
        _clock = clock;
        _run = run;
        _manifest = RunManifest.TryCreate(session, run, context.Log);
        _beating = KeepBeatingAsync();
    }

    /// <summary>The run's id, which what it makes carries under <see cref="RunTag.Name"/> too.</summary>
    public string RunId => _run.RunId;

    /// <summary>What it makes things for.</summary>
    public string Purpose => _run.Purpose;

    /// <summary>Begins a run, and removes what runs of this purpose left that died on this machine.</summary>
    /// <param name="session">Where it works.</param>
    /// <param name="purpose">A word of ours, such as <c>boot</c>: lower-case letters, digits and hyphens, at most 24.</param>
    /// <param name="userTags">The user's tags, for everything it makes.</param>
    /// <param name="context">Log and clock. Its cancellation does not end the run, which has to clean up.</param>
    /// <param name="runId">The run's id, where a plan has told of it already.</param>
    /// <exception cref="ImageServiceException">The tags can't be had beside our own (TagsInvalid), or Azure can't be reached.</exception>
    public static async Task<TemporaryRun> BeginAsync(ImageSession session, string purpose, IReadOnlyDictionary<string, string>? userTags, OperationContext context, string? runId = null)
    {
        if (!RunIdentity.IsPurpose(purpose))
        {
            throw new ArgumentException($"'{purpose}' is no purpose.", nameof(purpose));
        }

        RunTag.Check(userTags, TemporaryTags.Count);
        ServiceClock clock = await ServiceClock.ReadAsync(session, context).ConfigureAwait(false);
        await new LeftoverService(session).RemoveOfPredecessorsAsync(purpose, context).ConfigureAwait(false);
        DateTimeOffset now = clock.Now;
        RunIdentity run = new(runId ?? RunTag.NewRunId(), purpose, new DateTimeOffset(now.UtcTicks - now.UtcTicks % TimeSpan.TicksPerSecond, TimeSpan.Zero));
        return new TemporaryRun(session, userTags, context, clock, run);
    }

    /// <summary>A name for something that the run makes: it has to have one of these, or to lie in a group that has one.</summary>
    /// <param name="part">What tells it from the run's other things; null for nothing.</param>
    /// <returns>At most 80 characters, such as <c>azimagetools-boot-0123456789abcdef-os</c>.</returns>
    public string NameFor(string? part = null) => RunIdentity.NameFor(Purpose, RunId, part);

    /// <summary>Notes what is about to be made, on the drive, before it is.</summary>
    /// <param name="id">It: a kind of <see cref="TemporaryKind.All"/>, with a name of <see cref="NameFor"/>, or in a group that has one.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>The tags that it has to be made with, the user's among them.</returns>
    public Task<IReadOnlyDictionary<string, string>> AnnounceAsync(ResourceIdentifier id, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (TemporaryKind.Of(id) is null || !_run.Names(id))
        {
            throw new ArgumentException($"Nobody could tell that {id} is left of a run: it is of no known kind, or its name is none of the run's.", nameof(id));
        }

        _made[id] = true;
        _manifest?.NoteMade(id, _clock.Now);
        return Task.FromResult(TemporaryTags.For(_run, id, _userTags, _clock.Now + Lease));
    }

    /// <summary>Notes that something is no more.</summary>
    public Task ForgetAsync(ResourceIdentifier id)
    {
        if (_made.TryRemove(id, out _))
        {
            _manifest?.NoteRemoved(id);
        }

        return Task.CompletedTask;
    }

    /// <summary>Removes something that the run made, if it is there, and notes it; a group goes with all that is in it. Who has its bytes open loses access before.</summary>
    /// <param name="id">It.</param>
    /// <param name="context">Its clock, and a token that still allows to clean up.</param>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="ImageServiceException">Azure refuses, or it is not the run's own (NotOfThisRun).</exception>
    public Task<bool> RemoveAsync(ResourceIdentifier id, OperationContext context)
        => AzureErrors.CallAsync($"Deleting the {TemporaryKind.Of(id)?.Describe(id) ?? id.ToString()}", id.ToString(), async () =>
        {
            TemporaryResource? found = await TemporaryResource.FindAsync(_session, id, context.Cancellation).ConfigureAwait(false);
            if (found is not null)
            {
                if (TemporaryTags.Read(found.Tags, id, out bool isBound) != _run || !isBound)
                {
                    throw new ImageServiceException(
                        "NotOfThisRun", Disks.ErrorKind.InvalidState, $"The {found.Kind.Describe(id)} is not the one that this run made: its tags are others.", "Delete it yourself when it is not wanted.", id.ToString());
                }

                await found.DeleteAsync(context).ConfigureAwait(false);
            }

            await ForgetAsync(id).ConfigureAwait(false);
            foreach (ResourceIdentifier gone in _made.Keys.Where(made => id.ResourceType == ResourceGroupResource.ResourceType && string.Equals(made.ResourceGroupName, id.Name, StringComparison.OrdinalIgnoreCase)))
            {
                await ForgetAsync(gone).ConfigureAwait(false);
            }

            return found is not null;
        });

    /// <summary>Ends the run. The manifest goes when everything is removed; else it stays, for whoever removes the rest.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isEnded, 1) != 0)
        {
            return;
        }

        _ended.Cancel();
        await _beating.ConfigureAwait(false);
        _ended.Dispose();
        if (_made.IsEmpty)
        {
            _manifest?.Delete();
        }
        else
        {
            _manifest?.Dispose();
        }
    }

    /// <summary>Renews the lease: of the run's own groups, and of what lies elsewhere.</summary>
    internal async Task BeatAsync(CancellationToken cancellation)
    {
        foreach (ResourceIdentifier id in _made.Keys.Where(id => id.ResourceType == ResourceGroupResource.ResourceType || !_run.OwnsGroupOf(id)))
        {
            try
            {
                await RenewAsync(id, cancellation).ConfigureAwait(false);
            }
            catch (Exception failure) when (AzureErrors.IsFromService(failure))
            {
                _context.Log.Verbose($"The lease of {id} could not be renewed; the next try is in {BeatInterval.TotalMinutes:0} minutes: {AzureErrors.Translate(failure, "Renewing it", id.ToString()).Message}");
            }
        }
    }

    private async Task RenewAsync(ResourceIdentifier id, CancellationToken cancellation)
    {
        if (await TemporaryResource.FindAsync(_session, id, cancellation).ConfigureAwait(false) is { } found && TemporaryTags.Read(found.Tags, id, out bool isBound) == _run && isBound)
        {
            Dictionary<string, string> tags = new(StringComparer.OrdinalIgnoreCase);
            foreach (KeyValuePair<string, string> tag in found.Tags)
            {
                tags[tag.Key] = tag.Value;
            }

            RunTag.Set(tags, TemporaryTags.LeaseName, TemporaryTags.Write(_clock.Now + Lease));
            await found.SetTagsAsync(tags, cancellation).ConfigureAwait(false);
        }
    }

    private async Task KeepBeatingAsync()
    {
        try
        {
            while (true)
            {
                await _context.Time.Delay(BeatInterval, _ended.Token).ConfigureAwait(false);
                await BeatAsync(_ended.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
        }
    }
}
