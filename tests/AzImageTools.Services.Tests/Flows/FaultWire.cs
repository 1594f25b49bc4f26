using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace AzImageTools.Services.Tests.Flows;

/// <summary>What goes wrong with one of a flow's calls.</summary>
public enum FlowFault
{
    /// <summary>It is refused: the caller may not.</summary>
    Forbidden,

    /// <summary>It is refused: something else is under way.</summary>
    Conflict,

    /// <summary>It is told to wait, three times.</summary>
    Throttled,

    /// <summary>It fails in Azure, and so does every other try.</summary>
    Failing,

    /// <summary>The connection breaks before it is done, at every other try too.</summary>
    Dropped,

    /// <summary>It is done, and the connection breaks before the answer comes.</summary>
    AnswerLost,

    /// <summary>It is done, and the user cancels before the answer comes.</summary>
    Cancelled,

    /// <summary>The client's process is killed: neither this nor any other call of it arrives.</summary>
    Killed,
}

/// <summary>Counts the calls of a flow, and breaks one of them.</summary>
/// <param name="cloud">Where they go.</param>
/// <param name="fault">What goes wrong; null for nothing.</param>
/// <param name="at">With which call, the first being 0.</param>
internal sealed class FaultWire(HttpMessageHandler cloud, FlowFault? fault, int at) : DelegatingHandler(cloud)
{
    /// <summary>One more than the session's retries: it never works.</summary>
    private const int MoreThanTries = 8;

    private readonly Lock _gate = new();
    private string? _broken;
    private int _left;

    /// <summary>The calls so far, as <c>PUT /subscriptions/…</c>.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>Whether calls are counted: not those that connect.</summary>
    public bool IsCounting { get; set; }

    /// <summary>Whether the fault has happened.</summary>
    public bool HasBroken { get; private set; }

    /// <summary>What is done when the client is cancelled or killed.</summary>
    public Action Stop { get; set; } = () => { };

    private bool IsDead => HasBroken && fault == FlowFault.Killed;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        switch (Meet(request))
        {
            case FlowFault.Forbidden:
                return Refuse(request, HttpStatusCode.Forbidden, "AuthorizationFailed", "The client does not have authorization to perform the action.");
            case FlowFault.Conflict:
                return Refuse(request, HttpStatusCode.Conflict, "Conflict", "Another operation is in progress.");
            case FlowFault.Throttled:
                HttpResponseMessage wait = Refuse(request, HttpStatusCode.TooManyRequests, "TooManyRequests", "Too many requests.");
                wait.Headers.Add("Retry-After", "2");
                return wait;
            case FlowFault.Failing:
                return Refuse(request, HttpStatusCode.InternalServerError, "InternalExecutionError", "An internal execution error occurred.");
            case FlowFault.Dropped:
                throw Broken();
            case FlowFault.AnswerLost:
                (await base.SendAsync(request, cancellationToken)).Dispose();
                throw Broken();
            case FlowFault.Cancelled:
                (await base.SendAsync(request, cancellationToken)).Dispose();
                Stop();
                throw new TaskCanceledException();
            case FlowFault.Killed:
                // No failure that anything takes for one of the network, and tries to get over.
                throw new ObjectDisposedException("the client", "It was killed.");
            default:
                return await base.SendAsync(request, cancellationToken);
        }
    }

    private static HttpRequestException Broken() => new("The connection was reset.", new IOException("Connection reset by peer"));

    private static HttpResponseMessage Refuse(HttpRequestMessage request, HttpStatusCode status, string code, string message)
    {
        bool isManagement = request.RequestUri!.Host.StartsWith("management.", StringComparison.Ordinal);
        HttpResponseMessage answer = new(status)
        {
            RequestMessage = request,
            Content = isManagement && request.Method != HttpMethod.Head
                ? new StringContent($$$"""{"error":{"code":"{{{code}}}","message":"{{{message}}}"}}""", Encoding.UTF8, "application/json")
                : new ByteArrayContent([]),
        };
        answer.Headers.Add("x-ms-request-id", Guid.NewGuid().ToString());
        answer.Headers.Add("x-ms-error-code", code);
        return answer;
    }

    private FlowFault? Meet(HttpRequestMessage request)
    {
        if (!IsCounting)
        {
            return null;
        }

        string call = $"{request.Method} {request.RequestUri!.AbsolutePath}";
        lock (_gate)
        {
            if (IsDead)
            {
                return FlowFault.Killed;
            }

            Calls.Enqueue(call);
            if (fault is { } kind && Calls.Count - 1 == at)
            {
                HasBroken = true;
                _broken = call;
                _left = kind switch { FlowFault.Throttled => 3, FlowFault.Failing or FlowFault.Dropped => MoreThanTries, _ => 1 };
                if (kind == FlowFault.Killed)
                {
                    Stop();
                }
            }

            return call == _broken && _left-- > 0 ? fault : null;
        }
    }
}
