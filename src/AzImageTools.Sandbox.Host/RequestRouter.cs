using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Host.Forwarding;
using AzImageTools.Sandbox.Host.Proxy;
using AzImageTools.Sandbox.Host.SignIn;

namespace AzImageTools.Sandbox.Host;

/// <summary>Hands each request to who answers for its host.</summary>
internal sealed class RequestRouter(SignInEndpoints signIn, ManagedIdentity identity, CloudForwarder cloud, RequestLog log)
{
    public async Task HandleAsync(HttpContext context)
    {
        // Before the first byte of the answer: who reads it can read the log too.
        context.Response.OnStarting(() =>
        {
            log.Request(context, isBroken: false);
            return Task.CompletedTask;
        });
        try
        {
            await RouteAsync(context);
        }
        catch (BrokenConnectionException)
        {
            Break(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            Break(context);
        }
        catch (Exception problem) when (!context.Response.HasStarted)
        {
            // A fault of the sandbox: who meets it is to know that it is none of Azure's.
            log.Fault(problem.Message);
            JsonObject error = new() { ["code"] = "SandboxFailed", ["message"] = $"The sandbox itself failed: {problem.Message}" };
            context.Response.Clear();
            context.Response.StatusCode = (int)HttpStatusCode.InternalServerError;
            await context.Response.WriteAsJsonAsync(new JsonObject { ["error"] = error }, context.RequestAborted);
        }
    }

    private void Break(HttpContext context)
    {
        if (!context.Response.HasStarted)
        {
            log.Request(context, isBroken: true);
        }

        context.Abort();
    }

    private Task RouteAsync(HttpContext context)
    {
        string host = context.Request.Host.Host;
        if (ProxyConnection.TunnelTarget(context) is not { } target)
        {
            return ManagedIdentity.IsHost(host)
                ? identity.HandleAsync(context)
                : RefuseAsync(context, HttpStatusCode.Forbidden, "Without TLS the sandbox answers for a machine's identity alone: use https.");
        }

        return !string.Equals(target, host, StringComparison.OrdinalIgnoreCase)
            ? RefuseAsync(context, HttpStatusCode.MisdirectedRequest, $"This connection leads to {target}.")
            : SignInEndpoints.IsHost(host) ? signIn.HandleAsync(context)
            : CloudEndpoints.IsAsked(context.Request) ? CloudEndpoints.HandleAsync(context)
            : cloud.HandleAsync(context);
    }

    private static Task RefuseAsync(HttpContext context, HttpStatusCode status, string text)
    {
        context.Response.StatusCode = (int)status;
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}
