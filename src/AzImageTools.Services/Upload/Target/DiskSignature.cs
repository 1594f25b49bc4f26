using AzImageTools.Disks;
using Azure.Core;
using Azure.Core.Pipeline;

namespace AzImageTools.Services.Upload.Target;

/// <summary>
/// Access to a managed disk by a signature that is asked for again before it expires, and when the service takes it no
/// more. As a policy of the client it puts the newest signature on each try. Time is measured from when access was given, not
/// compared with the signature's own times: this machine's clock may be wrong.
/// </summary>
/// <param name="grant">Asks for access for so long; gives the address with its signature. That the disk is somebody else's by now (AlreadyExists) is passed on.</param>
/// <param name="duration">For how long access is asked for.</param>
/// <param name="what">Which access it is, as the beginning of a sentence.</param>
/// <param name="context">Log, cancellation, clock.</param>
internal class DiskSignature(Func<TimeSpan, Task<Uri>> grant, TimeSpan duration, string what, OperationContext context) : HttpPipelinePolicy
{
    private const int Forbidden = 403;

    /// <summary>How soon a renewal that was refused is tried again.</summary>
    private static readonly TimeSpan TimeBetweenTries = TimeSpan.FromMinutes(5);

    private readonly object _gate = new();
    private Uri? _first;
    private Uri? _current;
    private long _asked;
    private TimeSpan _due;
    private Task<bool>? _renewal;

    /// <summary>The address that the first signature came with.</summary>
    public Uri Address => _first ?? throw new InvalidOperationException("No access was given yet.");

    /// <summary>Asks for access.</summary>
    public async Task BeginAsync()
    {
        _first = null;
        Uri address = await grant(duration).ConfigureAwait(false);
        lock (_gate)
        {
            _current = _first = address;
            Note(TimeSpan.FromTicks(duration.Ticks / 2));
        }
    }

    /// <summary>The address with the newest signature, which is asked for again where it is due.</summary>
    /// <param name="refused">An address that the service takes no more; null for none.</param>
    public async Task<Uri> SignAsync(Uri? refused)
    {
        Uri current = Current;
        if (IsDue || ReferenceEquals(refused, current))
        {
            await TryRenewAsync(current).ConfigureAwait(false);
        }

        return Current;
    }

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        => ProcessAsync(message, pipeline).AsTask().GetAwaiter().GetResult();

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        Uri used = Current;
        if (IsDue)
        {
            await TryRenewAsync(used).ConfigureAwait(false);
            used = Current;
        }

        Sign(message.Request, used);
        await ProcessNextAsync(message, pipeline).ConfigureAwait(false);
        if (message.Response.Status == Forbidden && await TryRenewAsync(used).ConfigureAwait(false))
        {
            message.Response.Dispose();
            Sign(message.Request, Current);
            await ProcessNextAsync(message, pipeline).ConfigureAwait(false);
        }
    }

    /// <summary>The query of an address, name by name.</summary>
    private static IEnumerable<string> Parts(string query) => query.TrimStart('?').Split(['&'], StringSplitOptions.RemoveEmptyEntries);

    private static string NameOf(string part) => part.Split('=')[0];

    /// <summary>Puts a signature's address in the place of the first one's; what the request itself asks stays.</summary>
    private void Sign(Request request, Uri signed)
    {
        HashSet<string> signature = new(Parts(_first!.Query).Select(NameOf), StringComparer.OrdinalIgnoreCase);
        IEnumerable<string> own = Parts(request.Uri.Query).Where(part => !signature.Contains(NameOf(part)));
        request.Uri.Reset(new UriBuilder(signed) { Query = string.Join("&", Parts(signed.Query).Concat(own)) }.Uri);
    }

    private Uri Current
    {
        get
        {
            lock (_gate)
            {
                return _current!;
            }
        }
    }

    private bool IsDue
    {
        get
        {
            lock (_gate)
            {
                return context.Time.GetElapsedTime(_asked) >= _due;
            }
        }
    }

    private void Note(TimeSpan due)
    {
        _asked = context.Time.GetTimestamp();
        _due = due;
    }

    /// <summary>Asks for access again, unless somebody did since.</summary>
    /// <param name="known">The address that is to be replaced.</param>
    /// <returns>Whether there is another one now.</returns>
    private Task<bool> TryRenewAsync(Uri known)
    {
        lock (_gate)
        {
            return !ReferenceEquals(known, _current) ? Task.FromResult(true) : _renewal ??= Task.Run(RenewAsync);
        }
    }

    private async Task<bool> RenewAsync()
    {
        Uri? address = null;
        try
        {
            address = await grant(duration).ConfigureAwait(false);
            context.Log.Verbose($"{what} to the managed disk was renewed.");
        }
        catch (ImageServiceException exception) when (exception.Kind != ErrorKind.AlreadyExists)
        {
            context.Log.Verbose($"{what} to the managed disk was not renewed: {exception.Message}");
        }
        finally
        {
            lock (_gate)
            {
                _current = address ?? _current;
                Note(address is null ? TimeBetweenTries : TimeSpan.FromTicks(duration.Ticks / 2));
                _renewal = null;
            }
        }

        return address is not null;
    }
}
