using System.Collections.Concurrent;
using System.Globalization;

namespace AzImageTools.Services;

/// <summary>
/// Tells of requests while they happen, above all of those that are sent again: whoever waits is to know for what. Each flow of work
/// has its own, since clients and their pipelines outlive it.
/// </summary>
public sealed class RequestNotices : IDisposable
{
    private static readonly AsyncLocal<RequestNotices?> Flow = new();

    private readonly ConcurrentDictionary<string, bool> _told = new(StringComparer.OrdinalIgnoreCase);
    private readonly IOperationLog _log;
    private readonly RequestNotices? _outer;

    private RequestNotices(IOperationLog log)
    {
        _log = log;
        _outer = Flow.Value;
        Flow.Value = this;
    }

    /// <summary>Those of the flow of work that asks; null where nobody wants to be told.</summary>
    internal static RequestNotices? Current => Flow.Value;

    /// <summary>Where to tell of each request; null where nobody wants to read that.</summary>
    internal IOperationLog? Reader => _log.WantsVerbose || _log.WantsDebug ? _log : null;

    /// <summary>Begins to tell of what the flow of work does from here on.</summary>
    /// <param name="log">Where to.</param>
    public static RequestNotices Begin(IOperationLog log) => new(log);

    /// <summary>Ends it.</summary>
    public void Dispose() => Flow.Value = _outer;

    /// <summary>Tells that nobody answers at a host: the first time as a warning.</summary>
    /// <param name="host">The host.</param>
    /// <param name="problem">Why not, as a sentence.</param>
    /// <param name="delay">How long until the next try.</param>
    internal void Unreachable(string host, string problem, TimeSpan delay)
    {
        if (_told.TryAdd(host, true))
        {
            _log.Warning($"{host} can't be reached: {problem} It is tried again for one to two minutes; Ctrl+C ends that.");
        }

        Failed(host, problem, delay);
    }

    /// <summary>Tells that a request failed and is sent again.</summary>
    /// <param name="host">The host.</param>
    /// <param name="problem">Why, as a sentence.</param>
    /// <param name="delay">How long until the next try.</param>
    internal void Failed(string host, string problem, TimeSpan delay)
        => _log.Verbose(string.Format(CultureInfo.InvariantCulture, "{0}: {1} Trying again in {2:0.0} s.", host, problem, delay.TotalSeconds));
}
