using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace AzImageTools.Sandbox.Arm.Protocol;

/// <summary>Makes the answers of Resource Manager.</summary>
internal static class ArmReply
{
    public static HttpResponseMessage Empty(HttpStatusCode status)
        => new HttpResponseMessage(status) { Content = new ByteArrayContent([]) };

    public static HttpResponseMessage Json(HttpStatusCode status, JsonNode node) => new HttpResponseMessage(status) { Content = Content(node) };

    public static HttpContent Content(JsonNode node)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(node.ToJsonString()));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
        return content;
    }

    public static HttpResponseMessage Ok(JsonNode node) => Json(HttpStatusCode.OK, node);

    /// <summary>A list as <c>{"value":[…]}</c>.</summary>
    public static HttpResponseMessage List(IEnumerable<JsonNode> items)
        => Ok(new JsonObject { ["value"] = new JsonArray([.. items.Select(item => item.DeepClone())]) });

    public static HttpResponseMessage Error(ArmException error) => Json(error.Status, new JsonObject { ["error"] = Describe(error) });

    public static JsonObject Describe(ArmException error)
    {
        var body = new JsonObject { ["code"] = error.Code, ["message"] = error.Message };
        if (error.Target is not null)
        {
            body["target"] = error.Target;
        }

        if (error.Details.Count > 0)
        {
            body["details"] = new JsonArray([.. error.Details.Select(Describe)]);
        }

        if (error.AdditionalInfo.Count > 0)
        {
            body["additionalInfo"] = new JsonArray([.. error.AdditionalInfo.Select(info => info.DeepClone())]);
        }

        return body;
    }
}
