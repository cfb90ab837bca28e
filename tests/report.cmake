juggler_test(report_page_test quick juggler_report)

# Reports in a browser; skipped where there is none.
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
    add_test(NAME report_browser_test
        COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/report_browser_test.py
            $<TARGET_FILE:juggler> ${PROJECT_SOURCE_DIR}/scenes)
    set_tests_properties(report_browser_test PROPERTIES LABELS full TIMEOUT 300
        SKIP_RETURN_CODE 77)
endif()
