using System.Net;
using System.Text.Json;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Types;

/// <summary>
/// What each provider says of a body that it can't take. Sources: Compute jclouds-labs#394 and azure-quickstart-templates#2334 (BadRequest),
/// azure-cli#31191 (InvalidParameter); Network sql-server-samples#1294 (InvalidRequestFormat); Storage terraform-provider-azurerm#8089;
/// Resource Manager azure-sdk-for-net#3487 and JeffBow/AzurePowerShell#10 (InvalidRequestContent).
/// </summary>
internal sealed class BodyErrors(ArmRequest request)
{
    /// <summary>How Compute names a resource in the targets of its errors.</summary>
    private static readonly Dictionary<string, string> Targets = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Microsoft.Compute/disks"] = "disk",
        ["Microsoft.Compute/galleries"] = "gallery",
        ["Microsoft.Compute/galleries/images"] = "galleryImage",
        ["Microsoft.Compute/galleries/images/versions"] = "galleryImageVersion",
        ["Microsoft.Compute/images"] = "image",
        ["Microsoft.Compute/snapshots"] = "snapshot",
        ["Microsoft.Compute/virtualMachines"] = "vm",
    };

    /// <summary>A property that the type does not have.</summary>
    /// <param name="path">Where, as in <c>properties.creationData</c>.</param>
    /// <param name="name">The property's name.</param>
    public ArmException UnknownMember(string path, string name)
    {
        var isRoot = path.Length == 0;
        var text = "Could not find member '" + name + "' on object of type '" + (isRoot ? "ResourceDefinition" : TypeName(path)) + "'.";
        var whole = isRoot ? name : path + "." + name;

        // Resource Manager itself reads what every resource has.
        return isRoot ? InvalidContent(text, whole) : Unreadable(whole, text);
    }

    /// <summary>A SKU without a name, which Resource Manager itself refuses.</summary>
    public static ArmException NamelessSku()
        => new ArmException(
            HttpStatusCode.BadRequest, "InvalidRequestContent", "The request content was invalid and could not be deserialized: Required property 'name' not found in 'sku'.");

    /// <summary>A value of another kind than the type's.</summary>
    public ArmException WrongKind(string path, JsonElement value, string expected)
    {
        var text = (value.ValueKind, expected) switch
        {
            (JsonValueKind.String, "Int64") => "Could not convert string to integer: " + value.GetString() + ".",
            (JsonValueKind.String, "Boolean") => "Could not convert string to boolean: " + value.GetString() + ".",
            (JsonValueKind.Number, "Int64") => "Input string '" + value.GetRawText() + "' is not a valid integer.",
            (JsonValueKind.Object, "Int64" or "Boolean" or "String") => "Unexpected character encountered while parsing value: {.",
            (JsonValueKind.Array, "Int64" or "Boolean" or "String") => "Unexpected character encountered while parsing value: [.",
            (JsonValueKind.Object, _) => "Cannot deserialize the current JSON object (e.g. {\"name\":\"value\"}) into type '" + expected + "' because the type requires a JSON array (e.g. [1,2,3]) to deserialize correctly.",
            (JsonValueKind.Array, _) => "Cannot deserialize the current JSON array (e.g. [1,2,3]) into type '" + expected + "' because the type requires a JSON object (e.g. {\"name\":\"value\"}) to deserialize correctly.",
            _ => "Error converting value " + value.GetRawText() + " to type '" + expected + "'.",
        };
        return Unreadable(path, text);
    }

    /// <summary>A text that is none of those that the type has.</summary>
    public ArmException UnknownValue(string path, string value, bool isOpen)
        => Provider switch
        {
            "MICROSOFT.COMPUTE" when isOpen => new ArmException(
                HttpStatusCode.BadRequest, "InvalidParameter", "The value of parameter " + Inner(path) + " is invalid.", Inner(path)),
            "MICROSOFT.STORAGE" => new ArmException(
                HttpStatusCode.BadRequest, "InvalidValuesForRequestParameters", "Values for request parameters are invalid: " + Inner(path) + "."),
            _ => Unreadable(path, "Error converting value \"" + value + "\" to type '" + TypeName(path) + "'."),
        };

    /// <summary>A property that must be there and is not.</summary>
    public ArmException Missing(string path)
    {
        if (JsonReading.Same(path, "location"))
        {
            return new ArmException(HttpStatusCode.BadRequest, "LocationRequired", "The location property is required for this definition.");
        }

        if (Provider == "MICROSOFT.COMPUTE")
        {
            return ArmException.Missing(Target is "disk" or "snapshot" or "image" ? Target + "." + Inner(path) : Target is null ? Inner(path) : Target + "." + path);
        }

        return Provider == "MICROSOFT.STORAGE"
            ? new ArmException(HttpStatusCode.BadRequest, "InvalidValuesForRequestParameters", "Values for request parameters are invalid: " + Inner(path) + ".")
            : Unreadable(path, "Required property '" + path.Substring(path.LastIndexOf('.') + 1) + "' not found in JSON.");
    }

    /// <summary>The name that a type's class would have: that of the property which holds it.</summary>
    public static string TypeName(string path)
    {
        var name = path.Substring(path.LastIndexOf('.') + 1);
        var bracket = name.IndexOf('[');
        name = bracket < 0 ? name : name.Substring(0, bracket).TrimEnd('s');
        return name.Length == 0 ? "Object" : char.ToUpperInvariant(name[0]) + name.Substring(1);
    }

    private string Provider => request.Type.Split('/')[0].ToUpperInvariant();

    private string? Target => Targets.TryGetValue(request.Type, out var name) ? name : null;

    private static string Inner(string path)
        => path.StartsWith("properties.", StringComparison.OrdinalIgnoreCase) ? path.Substring("properties.".Length) : path;

    /// <summary>What the provider's deserializer says.</summary>
    private ArmException Unreadable(string path, string text)
    {
        switch (Provider)
        {
            case "MICROSOFT.COMPUTE":
                return new ArmException(HttpStatusCode.BadRequest, "BadRequest", Placed(text, path), Target is null ? path : Target + "." + path);
            case "MICROSOFT.NETWORK":
                return new ArmException(HttpStatusCode.BadRequest, "InvalidRequestFormat", "Cannot parse the request.")
                {
                    Details = [new ArmException(HttpStatusCode.BadRequest, "InvalidJson", Placed(text, path))],
                };
            default:
                return InvalidContent(text, path);
        }
    }

    private ArmException InvalidContent(string text, string path)
        => new ArmException(
            HttpStatusCode.BadRequest, "InvalidRequestContent", "The request content was invalid and could not be deserialized: '" + Placed(text, path) + "'.");

    private string Placed(string text, string path) => text + " Path '" + path + "'" + JsonPosition.Find(request.Http.Body.Span, path) + ".";
}
