using System.Net;
using Microsoft.AspNetCore.Http.Features;

namespace AzImageTools.Sandbox.Host.Forwarding;

/// <summary>Carries requests to the cloud and its answers back, bodies as they come.</summary>
internal sealed class CloudForwarder(SandboxCloud cloud) : IDisposable
{
    private readonly HttpMessageInvoker _cloud = new(cloud.CreateHandler());

    /// <exception cref="BrokenConnectionException">A fault of the sandbox breaks the connection.</exception>
    public async Task HandleAsync(HttpContext context)
    {
        using HttpRequestMessage request = CreateRequest(context);
        HttpResponseMessage answer;
        try
        {
            answer = await _cloud.SendAsync(request, context.RequestAborted);
        }
        catch (HttpRequestException broken)
        {
            throw new BrokenConnectionException(broken);
        }

        using (answer)
        {
            await SendAsync(answer, context);
        }
    }

    public void Dispose() => _cloud.Dispose();

    private static HttpRequestMessage CreateRequest(HttpContext context)
    {
        // The target as it came: signatures and names are of its very escapes.
        string target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        HttpRequestMessage request = new(new HttpMethod(context.Request.Method), $"https://{context.Request.Host}{(target.StartsWith('/') ? target : "/")}")
        {
            Content = new StreamContent(context.Request.Body),
        };
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in context.Request.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, values.ToArray()))
            {
                request.Content.Headers.TryAddWithoutValidation(name, values.ToArray());
            }
        }

        return request;
    }

    private static async Task SendAsync(HttpResponseMessage answer, HttpContext context)
    {
        HttpResponse response = context.Response;
        response.StatusCode = (int)answer.StatusCode;
        if (answer.ReasonPhrase is { } reason && reason.All(letter => letter is >= ' ' and <= '~'))
        {
            context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = reason;
        }

        // Asking for the length is what has it worked out.
        long? length = answer.Content.Headers.ContentLength;
        foreach ((string name, IEnumerable<string> values) in answer.Headers.Concat(answer.Content.Headers))
        {
            if (!string.Equals(name, "Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
            {
                response.Headers.Append(name, values.ToArray());
            }
        }

        if (answer.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.NotModified)
        {
            response.Headers.ContentLength = null;
        }
        else if (!HttpMethods.IsHead(context.Request.Method) && length is not 0)
        {
            await answer.Content.CopyToAsync(response.Body, context.RequestAborted);
        }
    }
}
