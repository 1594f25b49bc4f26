using System.Globalization;
using System.Net;
using AzImageTools.Sandbox.Arm;
using AzImageTools.Sandbox.Faults;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox;

/// <summary>Takes requests in the place of the network.</summary>
internal sealed class SandboxHandler(SandboxCloud cloud) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // On the pool, because a caller who starts several requests expects them to run side by side.
        return await Task.Run(
            async () =>
            {
                using var body = await RequestBody.ReadAsync(request.Content, cancellationToken).ConfigureAwait(false);
                if (cloud.Latency > TimeSpan.Zero)
                {
                    await Task.Delay(cloud.Latency, cancellationToken).ConfigureAwait(false);
                }

                var fault = cloud.Meet(request);
                if (fault?.Kind is SandboxFaultKind.Stall or SandboxFaultKind.Delay)
                {
                    var delay = fault.Kind == SandboxFaultKind.Stall ? Timeout.InfiniteTimeSpan : fault.Delay;
                    await Task.Delay(delay, cancellationToken).ConfigureAwait(false);
                }

                return Answer(request, body, fault);
            },
            cancellationToken).ConfigureAwait(false);
    }

#if NET
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var body = RequestBody.Read(request.Content, cancellationToken);
        var fault = cloud.Meet(request);
        if (fault?.Kind is SandboxFaultKind.Stall or SandboxFaultKind.Delay)
        {
            cancellationToken.WaitHandle.WaitOne(fault.Kind == SandboxFaultKind.Stall ? Timeout.InfiniteTimeSpan : fault.Delay);
            cancellationToken.ThrowIfCancellationRequested();
        }

        return Answer(request, body, fault);
    }
#endif

    private static HttpResponseMessage Refuse(HttpRequestMessage request, SandboxFault fault)
    {
        var response = new HttpResponseMessage((HttpStatusCode)fault.Status) { RequestMessage = request, Content = new ByteArrayContent([]) };
        var id = Guid.NewGuid().ToString();
        response.Headers.Add("x-ms-request-id", id);
        if (ResourceManager.IsHost(request.RequestUri!.Host))
        {
            response.Headers.Add("x-ms-correlation-request-id", id);
        }

        if (fault.ErrorCode is not null)
        {
            response.Headers.Add("x-ms-error-code", fault.ErrorCode);
        }

        if (fault.RetryAfter is { } wait)
        {
            response.Headers.Add("Retry-After", ((long)wait.TotalSeconds).ToString(CultureInfo.InvariantCulture));
        }

        return response;
    }

    private static HttpRequestException Broken()
        => new HttpRequestException("The connection was reset.", new IOException("Connection reset by peer"));

    private HttpResponseMessage Answer(HttpRequestMessage request, RequestBody body, SandboxFault? fault)
    {
        switch (fault?.Kind)
        {
            case SandboxFaultKind.Status:
                return Refuse(request, fault);
            case SandboxFaultKind.Reset:
                throw Broken();
            case SandboxFaultKind.LoseAnswer:
                cloud.Answer(request, body).Dispose();
                throw Broken();
            case SandboxFaultKind.CorruptBody when body.Length > 0:
                body.Buffer[body.Length / 2] ^= 1;
                return cloud.Answer(request, body);
            default:
                return cloud.Answer(request, body);
        }
    }
}
