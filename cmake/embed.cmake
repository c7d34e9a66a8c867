# cmake -DFILE=… -DNAME=ns::name -DOUT=… -P embed.cmake: a text file as a constant in a generated source.
file(READ "${FILE}" text)
string(REGEX REPLACE "^(.*)::([^:]+)$" "\\1" space "${NAME}")
string(REGEX REPLACE "^(.*)::([^:]+)$" "\\2" name "${NAME}")
file(WRITE "${OUT}" "#include <string_view>\nnamespace ${space} {\nextern const std::string_view ${name};\nconst std::string_view ${name} = R\"EMBED(${text})EMBED\";\n}\n")
